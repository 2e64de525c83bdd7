package org.nself.incidents.bench.abuse;

/**
 * A way to abuse the service.
 *
 * @param name on the command line and in the table
 * @param caller who attacks, for the table: nobody, or the role in an account
 * @param threads how many repeat the load at once
 * @param sameAccount whether the attacker belongs to the neighbour's account
 */
record Attack(
    String name, String caller, int threads, boolean sameAccount, Preparation preparation) {

  /** What is sent again and again until the time is over. */
  interface Load {
    void send() throws Exception;
  }

  /** Creates what the load needs, before the neighbour is measured. */
  interface Preparation {
    Load prepare(Attacker attacker) throws Exception;
  }

  Attack(String name, String caller, int threads, Preparation preparation) {
    this(name, caller, threads, false, preparation);
  }

  Attack fromSameAccount() {
    return new Attack(name + "-same-account", caller, threads, true, preparation);
  }
}
