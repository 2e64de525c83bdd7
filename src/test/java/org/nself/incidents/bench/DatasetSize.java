package org.nself.incidents.bench;

/**
 * How much there is.
 *
 * @param incidents in all accounts together, each as many
 * @param events of an incident, on average
 * @param longTimeline how many events the first incident of the first account has more than that
 */
record DatasetSize(int accounts, int incidents, int events, int longTimeline) {

  int incidentsOfAnAccount() {
    return incidents / accounts;
  }
}
