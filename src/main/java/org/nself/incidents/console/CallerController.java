package org.nself.incidents.console;

import jakarta.servlet.http.HttpServletRequest;
import org.nself.incidents.security.Caller;
import org.nself.incidents.settings.BuildInfo;
import org.nself.incidents.settings.Settings;
import org.nself.incidents.web.input.QueryParameters;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** The REST API of who the caller is. */
@RestController
final class CallerController {

  private final BuildInfo plugin;
  private final Settings settings;

  CallerController(BuildInfo plugin, Settings settings) {
    this.plugin = plugin;
    this.settings = settings;
  }

  @GetMapping(path = "/api/v1/me", produces = "application/json")
  CallerView me(Caller caller, HttpServletRequest request) {
    QueryParameters.rejectAny(request);
    return CallerView.of(caller, plugin, settings);
  }
}
