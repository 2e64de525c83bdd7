package org.nself.incidents.bench.abuse;

import static org.nself.incidents.bench.abuse.Attacker.ADMIN;
import static org.nself.incidents.bench.abuse.Attacker.VIEWER;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.databind.JsonNode;

/** Sends the secret to a server that shows it again, and looks for it in all that can be read. */
final class SecretEchoes implements Attack.Load {

  private static final String INCIDENTS = "/api/v1/incidents";
  private static final String RUNBOOKS = "/api/v1/runbooks";

  private final Attacker attacker;
  private final String incident;
  private final AtomicInteger round = new AtomicInteger();

  SecretEchoes(Attacker attacker) throws Exception {
    this.attacker = attacker;
    this.incident = attacker.create(INCIDENTS, "{\"title\":\"Secrets\"}");
  }

  @Override
  public void send() throws Exception {
    String echo = EchoServer.ECHOES.get(round.getAndIncrement() % EchoServer.ECHOES.size());
    String runbook =
        attacker.create(
            RUNBOOKS,
            """
            {"name":"Echo","steps":[
              {"key":"h","title":"h","kind":"http","effect":"idempotent","on_failure":"continue",
               "http":{"method":"post","url":"%s","headers":{"Authorization":"Bearer ${secret(\\"%s\\")}"},"body":"{}"}},
              {"key":"n","title":"n","kind":"note","note":{"message":"${string(steps.h.output)}"}}]}
            """
                .formatted(attacker.echo().url(echo), ServiceUnderAttack.SECRET_NAME));
    Attacker.AttackResponse execution =
        attacker.post(
            ADMIN,
            RUNBOOKS + "/" + runbook + "/executions",
            "{\"incident_id\":\"" + incident + "\"}");
    if (execution.status() != 201) {
      TimeUnit.MILLISECONDS.sleep(200);
      return;
    }
    String id = execution.text("id");
    for (int i = 0; i < 100 && execution.text("status").equals("running"); i++) {
      TimeUnit.MILLISECONDS.sleep(100);
      execution = attacker.get(VIEWER, "/api/v1/runbook-executions/" + id);
    }
    search(echo + ": execution", execution.json());
    search(
        echo + ": timeline",
        attacker.get(VIEWER, INCIDENTS + "/" + incident + "/timeline?limit=200").json());
  }

  private void search(String where, JsonNode node) {
    for (JsonNode value : node) {
      search(where, value);
    }
    if (node.isString() && shows(node.stringValue()) && !attacker.leaks().contains(where)) {
      attacker.leaked(where);
    }
  }

  /** Whether text shows the secret, in any case, as it is or with the escapes of a URL or JSON. */
  private static boolean shows(String text) {
    String secret = ServiceUnderAttack.SECRET.toLowerCase(Locale.ROOT);
    String lower = text.toLowerCase(Locale.ROOT);
    return lower.contains(secret)
        || lower.replace("\\/", "/").replace("\\\"", "\"").replace("\\\\", "\\").contains(secret)
        || lower.matches("(?s)[^%]*(%[0-9a-f]{2}[^%]*)+")
            && URLDecoder.decode(lower, StandardCharsets.UTF_8).contains(secret);
  }
}
