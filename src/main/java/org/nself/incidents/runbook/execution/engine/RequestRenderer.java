package org.nself.incidents.runbook.execution.engine;

import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.expression.EvaluationContext;
import org.nself.incidents.expression.ExpressionFailure;
import org.nself.incidents.expression.Expressions;
import org.nself.incidents.expression.InvalidExpression;
import org.nself.incidents.expression.SecretMask;
import org.nself.incidents.expression.Secrets;
import org.nself.incidents.expression.Template;
import org.nself.incidents.expression.Template.Rendered;
import org.nself.incidents.outbound.OutboundFailure;
import org.nself.incidents.outbound.OutboundHttp;
import org.nself.incidents.outbound.OutboundRequest;
import org.nself.incidents.runbook.definition.Action;
import org.nself.incidents.runbook.definition.Definition;
import org.nself.incidents.runbook.definition.Step;
import org.nself.incidents.web.error.ApiException;

/** Renders the requests of HTTP steps, and sees that secrets go to their hosts only. */
public final class RequestRenderer {

  private final Expressions expressions;
  private final Secrets secrets;

  public RequestRenderer(Expressions expressions, Secrets secrets) {
    this.expressions = expressions;
    this.secrets = secrets;
  }

  /**
   * A request for people: with placeholders for secrets.
   *
   * @param headers by name
   */
  public record Shown(String url, Map<String, String> headers, @Nullable String body) {}

  /**
   * A request to send.
   *
   * @param redactedUrl the URL with placeholders for secrets
   */
  record Prepared(OutboundRequest request, String redactedUrl) {}

  /**
   * @param serviceHeaders set by the service, by name
   * @throws ExpressionFailure if a template has no value, or a secret is not allowed here
   */
  Prepared prepare(
      Action.Http http,
      EvaluationContext context,
      Map<String, String> serviceHeaders,
      Duration timeout) {
    Template urlTemplate = expressions.template(context.account(), http.url());
    Rendered url = urlTemplate.renderUrl(context);
    requireAllowed(secretsOf(http, context.account()), url.text());
    Map<String, String> headers = new LinkedHashMap<>();
    http.headers().forEach((name, value) -> headers.put(name, renderHeader(name, value, context)));
    headers.putAll(serviceHeaders);
    @Nullable String body =
        http.body() == null
            ? null
            : expressions.template(context.account(), http.body()).render(context).text();
    return new Prepared(
        new OutboundRequest(
            context.account(),
            http.method().name(),
            url.text(),
            urlTemplate.beginsWithSecret() ? shownHost(url.redactedText()) : null,
            headers,
            body,
            timeout),
        url.redactedText());
  }

  private String renderHeader(String name, String template, EvaluationContext context) {
    try {
      return expressions.template(context.account(), template).render(context).text();
    } catch (ExpressionFailure e) {
      throw new ExpressionFailure("The header %s: %s".formatted(name, e.getMessage()));
    }
  }

  /**
   * Renders the request as far as that is possible without the values of secrets.
   *
   * @throws ExpressionFailure as {@link #prepare}
   */
  public Shown show(Action.Http http, EvaluationContext context) {
    Template urlTemplate = expressions.template(context.account(), http.url());
    String url = urlTemplate.renderRedactedUrl(context);
    if (!urlTemplate.beginsWithSecret()) {
      requireAllowed(secretsOf(http, context.account()), url.replaceAll("\\$\\{[^}]*}", "x"));
    }
    Map<String, String> headers = new LinkedHashMap<>();
    http.headers()
        .forEach(
            (name, value) ->
                headers.put(
                    name, expressions.template(context.account(), value).renderRedacted(context)));
    return new Shown(
        url,
        headers,
        http.body() == null
            ? null
            : expressions.template(context.account(), http.body()).renderRedacted(context));
  }

  private static String shownHost(String redactedUrl) {
    @Nullable String host = OutboundHttp.hostOf(redactedUrl);
    return host == null ? redactedUrl : host;
  }

  private void requireAllowed(Set<String> names, String url) {
    for (String name : names) {
      @Nullable Set<String> hosts = secrets.hosts(name);
      if (hosts == null) {
        continue;
      }
      try {
        if (!OutboundHttp.leadsTo(url, hosts)) {
          throw new ExpressionFailure(
              "the secret %s may not be sent to this host; list the host in RUNBOOK_SECRET_%s_HOSTS"
                  .formatted(name, name));
        }
      } catch (OutboundFailure e) {
        // A URL that is not valid is sent nowhere.
        throw new ExpressionFailure(String.valueOf(e.getMessage()));
      }
    }
  }

  private Set<String> secretsOf(Action.Http http, String account) {
    Set<String> names = new TreeSet<>(expressions.template(account, http.url()).secrets());
    http.headers()
        .values()
        .forEach(value -> names.addAll(expressions.template(account, value).secrets()));
    if (http.body() != null) {
      names.addAll(expressions.template(account, http.body()).secrets());
    }
    return names;
  }

  /**
   * As {@link Expressions#compute}; at once if too much waits, because results must not be lost.
   */
  <T extends @Nullable Object> T compute(String account, Supplier<T> task) {
    try {
      return expressions.compute(account, task);
    } catch (ApiException busy) {
      return task.get();
    }
  }

  /** Returns what masks the secrets that any step of a definition names. */
  SecretMask mask(Definition definition, String account) {
    Set<String> names = new HashSet<>();
    for (Step step : definition.steps()) {
      if (step.action() instanceof Action.Http http) {
        try {
          names.addAll(secretsOf(http, account));
        } catch (InvalidExpression e) {
          // A template that does not compile sends nothing.
        }
      }
    }
    return secrets.mask(names, account);
  }
}
