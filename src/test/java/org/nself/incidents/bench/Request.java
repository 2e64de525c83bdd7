package org.nself.incidents.bench;

/**
 * A request of the client.
 *
 * @param body JSON; empty for none
 */
record Request(String method, String path, String account, String body) {

  /** As requests.lua reads it: one line. JSON has no tabs of its own. */
  String line() {
    return String.join("\t", method, path, account, body);
  }
}
