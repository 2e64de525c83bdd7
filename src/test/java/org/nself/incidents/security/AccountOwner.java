package org.nself.incidents.security;

import graphql.schema.GraphQLFieldDefinition;
import java.util.UUID;
import java.util.function.Function;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.Settled;

/**
 * An account with one object of each kind.
 *
 * @param secret a word in each of its texts
 */
record AccountOwner(
    Api admin,
    String account,
    String incident,
    String other,
    String runbook,
    String execution,
    String secret) {

  /** One object of each kind, and an execution where the field needs one. */
  static AccountOwner of(Service service, GraphQLFieldDefinition field) {
    return with(
        switch (field.getName()) {
          case "retryRunbookStep" -> admin -> Settled.failed(admin).execution();
          case "completeRunbookStep",
              "skipRunbookStep",
              "decideRunbookApproval",
              "cancelRunbookExecution",
              "retryRunbookExecution",
              "runbookExecution" ->
              admin -> Settled.waiting(admin).execution();
          default -> _ -> UUID.randomUUID().toString();
        },
        service);
  }

  /** One object of each kind, and a waiting execution. */
  static AccountOwner withExecution(Service service) {
    return with(admin -> Settled.waiting(admin).execution(), service);
  }

  private static AccountOwner with(Function<Api, String> execution, Service service) {
    String account = Service.newAccount();
    String secret = "secret" + UUID.randomUUID().toString().replace("-", "");
    Api admin = service.as(account, "admin");
    String incident =
        admin
            .post(
                "/api/v1/incidents",
                "{'title':'S','summary':'S','owner':'S','labels':{'S':'S'},'services':['S'],'dedup_key':'S'}"
                    .replace('\'', '"')
                    .replace("S\"", secret + "\""))
            .expect(201)
            .text("id");
    admin
        .post("/api/v1/incidents/" + incident + "/timeline", "{\"message\":\"" + secret + "\"}")
        .expect(201);
    String runbook =
        admin
            .post(
                "/api/v1/runbooks",
                "{\"name\":\""
                    + secret
                    + "\",\"steps\":[{\"title\":\""
                    + secret
                    + "\",\"kind\":\"manual\"}]}")
            .expect(201)
            .text("id");
    return new AccountOwner(
        admin, account, incident, admin.open(secret), runbook, execution.apply(admin), secret);
  }

  /** Causes events of its incident and its execution that contain the secret. */
  void stir() {
    admin
        .post("/api/v1/incidents/" + incident + "/timeline", "{\"message\":\"" + secret + "\"}")
        .expect(201);
    admin
        .post(
            "/api/v1/runbook-executions/" + execution + "/steps/" + Settled.HAND + "/complete",
            "{\"note\":\"" + secret + "\"}")
        .expect(200);
  }
}
