package org.nself.incidents.bench;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.testing.StatementCounter;

/**
 * Records the statements that the service sends to PostgreSQL, so that pgbench can send the same
 * ones and the benchmark follows every change of a statement.
 */
final class WireRecorder implements StatementCounter.Listener {

  /**
   * @param type the oid; 0 if PostgreSQL infers it
   * @param value as text; null for NULL
   */
  record Parameter(int type, @Nullable String value) {}

  /**
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

  /** A column that only the scheduler's statements name, which polls beside the requests. */
  private static final String SCHEDULER_COLUMN = "last_heartbeat";

  /** The statements of each round trip of the request while this ran. */
  List<List<Statement>> record(Runnable request) {
    synchronized (this) {
      roundTrips.clear();
      trip = new ArrayList<>();
      recording = true;
    }
    request.run();
    synchronized (this) {
      recording = false;
      return roundTrips.stream()
          .filter(
              statements ->
                  statements.stream()
                      .noneMatch(statement -> statement.sql().contains(SCHEDULER_COLUMN)))
          .toList();
    }
  }

  /** What the service sets for its sessions, by name. */
  synchronized Map<String, String> settings() {
    return Map.copyOf(settings);
  }

  @Override
  public synchronized void message(char type, byte[] body) {
    ByteBuffer in = ByteBuffer.wrap(body);
    // Statements that are prepared on the server already are not parsed again while recording.
    if (!recording && type != 'P') {
      return;
    }
    switch (type) {
      case 'P' -> parse(in);
      case 'B' -> bind(in);
      case 'E' -> trip.add(Objects.requireNonNull(portals.get(text(in))));
      case 'Q' -> {
        trip.add(new Statement(text(in), List.of()));
        endRoundTrip();
      }
      case 'S' -> endRoundTrip();
      default -> {
        // Describe, close and the like cost next to nothing.
      }
    }
  }

  private void endRoundTrip() {
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
      boolean isText = formats.length == 0 || formats[Math.min(i, formats.length - 1)] == 0;
      int length = in.getInt();
      parameters.add(
          new Parameter(type, length < 0 ? null : value(isText ? 0 : type, bytes(in, length))));
    }
    portals.put(portal, new Statement(statement.sql, parameters));
  }

  private static byte[] bytes(ByteBuffer in, int length) {
    byte[] bytes = new byte[length];
    in.get(bytes);
    return bytes;
  }

  /** A value as text; what has type 0 is text already, the rest is in binary, by its type's oid. */
  private static String value(int type, byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    return switch (type) {
      case 0, 25, 1043 -> new String(bytes, StandardCharsets.UTF_8);
      case 17 -> "\\x" + HexFormat.of().formatHex(bytes);
      case 20 -> String.valueOf(in.getLong());
      case 21 -> String.valueOf(in.getShort());
      case 23 -> String.valueOf(in.getInt());
      case 1007, 1009, 1015, 2951 -> array(in);
      case 2950 -> new UUID(in.getLong(), in.getLong()).toString();
      default -> throw new IllegalStateException("Binary value of the type with oid " + type);
    };
  }

  /** Of one dimension: dimensions, whether there are nulls, type, size, first index, elements. */
  private static String array(ByteBuffer in) {
    StringJoiner elements = new StringJoiner(",", "{", "}");
    boolean isEmpty = in.getLong() >> 32 == 0;
    int type = in.getInt();
    int size = isEmpty ? 0 : (int) (in.getLong() >> 32);
    for (int i = 0; i < size; i++) {
      String text = value(type, bytes(in, in.getInt()));
      elements.add('"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"');
    }
    return elements.toString();
  }

  private static String text(ByteBuffer in) {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    for (byte next = in.get(); next != 0; next = in.get()) {
      text.write(next);
    }
    return text.toString(StandardCharsets.UTF_8);
  }
}
