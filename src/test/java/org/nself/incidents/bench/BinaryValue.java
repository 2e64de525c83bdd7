package org.nself.incidents.bench;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.StringJoiner;
import java.util.UUID;

/** Values in PostgreSQL's binary format, as text. */
final class BinaryValue {

  private static final int BYTEA = 17;
  private static final int INT8 = 20;
  private static final int INT2 = 21;
  private static final int INT4 = 23;
  private static final int TEXT = 25;
  private static final int VARCHAR = 1043;
  private static final int UUID_TYPE = 2950;
  private static final int TEXT_ARRAY = 1009;
  private static final int VARCHAR_ARRAY = 1015;
  private static final int UUID_ARRAY = 2951;
  private static final int INT4_ARRAY = 1007;

  private BinaryValue() {}

  /**
   * @throws BrokenPath for a type that the service has not used so far
   */
  static String text(int type, byte[] value) {
    ByteBuffer in = ByteBuffer.wrap(value);
    return switch (type) {
      case BYTEA -> "\\x" + HexFormat.of().formatHex(value);
      case INT2 -> String.valueOf(in.getShort());
      case INT4 -> String.valueOf(in.getInt());
      case INT8 -> String.valueOf(in.getLong());
      case TEXT, VARCHAR -> new String(value, StandardCharsets.UTF_8);
      case UUID_TYPE -> new UUID(in.getLong(), in.getLong()).toString();
      case TEXT_ARRAY, VARCHAR_ARRAY, UUID_ARRAY, INT4_ARRAY -> array(in);
      default -> throw new BrokenPath("No text for a binary value of the type with oid " + type);
    };
  }

  /** Of one dimension: dimensions, whether there are nulls, type, size, first index, elements. */
  private static String array(ByteBuffer in) {
    StringJoiner elements = new StringJoiner(",", "{", "}");
    int dimensions = in.getInt();
    in.getInt();
    int type = in.getInt();
    if (dimensions > 0) {
      int size = in.getInt();
      in.getInt();
      for (int i = 0; i < size; i++) {
        byte[] element = new byte[in.getInt()];
        in.get(element);
        String text = text(type, element);
        elements.add(
            text.matches("[\\w-]+")
                ? text
                : '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"');
      }
    }
    return elements.toString();
  }
}
