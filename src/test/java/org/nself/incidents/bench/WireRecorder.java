package org.nself.incidents.bench;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.testing.StatementCounter;

/**
 * Writes down which statements the service sends to PostgreSQL, for pgbench to send the same ones.
 * So the benchmark follows the service, whatever becomes of its statements.
 */
final class WireRecorder implements StatementCounter.Listener {

  /**
   * A parameter as it went over the wire.
   *
   * @param type the oid of its type; 0 where PostgreSQL is to find it out
   * @param value as text; null for NULL
   */
  record Parameter(int type, @Nullable String value) {}

  /**
   * A statement.
   *
   * @param sql with {@code $1}, {@code $2} … for the parameters
   */
  record Statement(String sql, List<Parameter> parameters) {}

  private record Prepared(String sql, List<Integer> types) {}

  private static final Pattern SETTING =
      Pattern.compile("set\\s+(?:session\\s+)?(\\w+)\\s*(?:=|to)\\s*'?([^']*?)'?\\s*");

  private final Map<String, Prepared> prepared = new HashMap<>();
  private final Map<String, Statement> portals = new HashMap<>();
  private final Map<String, String> settings = new TreeMap<>();
  private final List<List<Statement>> roundTrips = new ArrayList<>();
  private List<Statement> trip = new ArrayList<>();
  private boolean recording;

  /** What was sent while this ran: the statements of each round trip. */
  List<List<Statement>> during(Runnable request) {
    synchronized (this) {
      roundTrips.clear();
      trip = new ArrayList<>();
      recording = true;
    }
    request.run();
    synchronized (this) {
      recording = false;
      return List.copyOf(roundTrips);
    }
  }

  /** What the service has set for its sessions, by the name of the setting. */
  synchronized Map<String, String> settings() {
    return Map.copyOf(settings);
  }

  @Override
  public synchronized void message(char type, byte[] body) {
    ByteBuffer in = ByteBuffer.wrap(body);
    switch (type) {
      // What is prepared on the server is not parsed again when it is recorded.
      case 'P' -> parse(in);
      case 'B' -> {
        if (recording) {
          bind(in);
        }
      }
      case 'E' -> {
        if (recording) {
          trip.add(Objects.requireNonNull(portals.get(text(in))));
        }
      }
      case 'Q' -> {
        trip.add(new Statement(text(in), List.of()));
        endOfTrip();
      }
      case 'S' -> endOfTrip();
      default -> {
        // Describe, close and the like cost next to nothing.
      }
    }
  }

  private void endOfTrip() {
    if (!trip.isEmpty()) {
      roundTrips.add(trip);
      trip = new ArrayList<>();
    }
  }

  private void parse(ByteBuffer in) {
    String name = text(in);
    String sql = text(in);
    List<Integer> types = new ArrayList<>();
    int count = in.getShort();
    for (int i = 0; i < count; i++) {
      types.add(in.getInt());
    }
    prepared.put(name, new Prepared(sql, types));
    Matcher setting = SETTING.matcher(sql.strip().toLowerCase(Locale.ROOT));
    if (setting.matches()) {
      settings.put(setting.group(1), setting.group(2));
    }
  }

  private void bind(ByteBuffer in) {
    String portal = text(in);
    Prepared statement = Objects.requireNonNull(prepared.get(text(in)));
    int[] formats = new int[in.getShort()];
    for (int i = 0; i < formats.length; i++) {
      formats[i] = in.getShort();
    }
    List<Parameter> parameters = new ArrayList<>();
    int count = in.getShort();
    for (int i = 0; i < count; i++) {
      int type = i < statement.types.size() ? statement.types.get(i) : 0;
      int format = formats.length == 0 ? 0 : formats[Math.min(i, formats.length - 1)];
      int length = in.getInt();
      if (length < 0) {
        parameters.add(new Parameter(type, null));
      } else {
        byte[] value = new byte[length];
        in.get(value);
        parameters.add(
            new Parameter(
                type,
                format == 0
                    ? new String(value, StandardCharsets.UTF_8)
                    : BinaryValue.text(type, value)));
      }
    }
    portals.put(portal, new Statement(statement.sql, parameters));
  }

  private static String text(ByteBuffer in) {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    for (byte next = in.get(); next != 0; next = in.get()) {
      text.write(next);
    }
    return text.toString(StandardCharsets.UTF_8);
  }
}
