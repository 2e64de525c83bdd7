package org.nself.incidents;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** Starts the service. */
@SpringBootApplication
public class IncidentMgmt {

  public static void main(String[] args) {
    SpringApplication.run(IncidentMgmt.class, args);
  }
}
