package org.nself.incidents.contract;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A request as it is sent.
 *
 * @param target path and query, encoded
 * @param headers in any number and order, each once or more
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record GeneratedRequest(
    String method, String target, List<Map.Entry<String, String>> headers, byte[] body) {

  /** The bytes for HTTP/1.1. */
  byte[] bytes() {
    StringBuilder head = new StringBuilder();
    head.append(method).append(' ').append(target).append(" HTTP/1.1\r\nHost: localhost\r\n");
    for (Map.Entry<String, String> header : headers) {
      head.append(header.getKey()).append(": ").append(header.getValue()).append("\r\n");
    }
    if (body.length > 0 || !method.equals("GET")) {
      head.append("Content-Length: ").append(body.length).append("\r\n");
    }
    byte[] start = UnusualJson.encode(head.append("\r\n").toString());
    byte[] all = new byte[start.length + body.length];
    System.arraycopy(start, 0, all, 0, start.length);
    System.arraycopy(body, 0, all, start.length, body.length);
    return all;
  }

  GeneratedRequest with(String name, String value) {
    List<Map.Entry<String, String>> more = new ArrayList<>(headers);
    more.add(Map.entry(name, value));
    return new GeneratedRequest(method, target, more, body);
  }

  @Override
  public String toString() {
    String text = new String(body, StandardCharsets.UTF_8);
    return "%s %s %s %s"
        .formatted(
            method,
            target,
            headers,
            text.length() > 1_500 ? text.substring(0, 1_500) + "… " + text.length() : text);
  }
}
