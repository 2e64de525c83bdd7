package org.nself.incidents.bench;

/** The two ways in. */
enum Protocol {
  GRAPHQL("GraphQL"),
  REST("REST");

  private final String title;

  Protocol(String title) {
    this.title = title;
  }

  String title() {
    return title;
  }
}
