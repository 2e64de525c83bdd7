package org.nself.incidents.bench;

import java.util.Random;

/**
 * An incident of the dataset. Account and id are made of numbers, because those are what pgbench
 * can draw at random.
 *
 * @param account from {@value #FIRST_ACCOUNT} on
 * @param number in the account, from 1
 */
record Target(int account, int number) {

  static final int FIRST_ACCOUNT = 100;

  /** An id is this and the twelve digits of {@link #serial}. */
  static final String ID_PREFIX = "00000000-0000-7000-8000-";

  /** Accounts are this far apart in {@link #serial}. */
  static final long STRIDE = 1_000_000_000L;

  static Target random(DatasetSize size, Random random) {
    return new Target(
        FIRST_ACCOUNT + random.nextInt(size.accounts()),
        1 + random.nextInt(size.incidentsOfAnAccount()));
  }

  String accountName() {
    return String.valueOf(account);
  }

  long serial() {
    return account * STRIDE + number;
  }

  String id() {
    return ID_PREFIX + serial();
  }
}
