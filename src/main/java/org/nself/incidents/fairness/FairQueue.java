package org.nself.incidents.fairness;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Permits that accounts share: accounts take turns, and within one account the first comes first.
 * Not thread-safe; the lock of its owner guards it.
 *
 * @param <W> what waits for a permit
 */
public final class FairQueue<W> {

  /** How much one account may hold. */
  public enum Share {
    /**
     * All while no other account waits, else half. For permits that others can wait for. An account
     * that holds none may take from the reserve.
     */
    HALF_WHEN_CONTENDED,
    /**
     * As {@link #HALF_WHEN_CONTENDED}, for permits that are held for milliseconds as a rule. A turn
     * is four permits: with one, the second request of an account waits for all other accounts once
     * more. The reserve is open only while half of the permits are further ones of some accounts,
     * because more permits at once make all of them slower (bench/README.md).
     */
    HALF_WHEN_CONTENDED_BRIEFLY,
    /**
     * As many as are still free, so that some are left for an account that comes later. For permits
     * that are held long: one account may hold half, two a third each.
     */
    AS_MANY_AS_FREE
  }

  private static final int BRIEF_TURN = 4;

  private static final class Account<W> {
    final String name;
    final Queue<W> waiting = new ArrayDeque<>(2);
    int held;

    /** How many permits it got in its turn. */
    int got;

    Account(String name) {
      this.name = name;
    }
  }

  private final Share share;
  private final int turn;

  /** How many permits must be held beyond the first of each account for the reserve to be open. */
  private final int reserveFrom;

  private final int half;
  private final int reserve;
  private final Consumer<W> onGranted;
  private final Map<String, Account<W>> accounts = new HashMap<>();

  /** The accounts that wait, the one whose turn it is first. */
  private final Set<Account<W>> turns = new LinkedHashSet<>();

  /** Below 0 where permits of the reserve are held. */
  private int free;

  /** How many permits are held beyond the first of each account. */
  private int excess;

  private int size;

  /**
   * @param permits how many may be held at once
   * @param reserve how many more may be held by accounts that hold none, so that they need not wait
   *     for permits that others hold longer than usual
   * @param onGranted called for what waited, once it holds a permit; must be quick
   */
  public FairQueue(int permits, int reserve, Share share, Consumer<W> onGranted) {
    boolean brief = share == Share.HALF_WHEN_CONTENDED_BRIEFLY;
    this.free = permits;
    this.turn = brief ? BRIEF_TURN : 1;
    this.reserveFrom = brief ? permits / 2 : 0;
    this.half = (permits + 1) / 2;
    this.reserve = reserve;
    this.share = share;
    this.onGranted = onGranted;
  }

  /** Acquires a permit if the account may hold one now. */
  public boolean tryAcquire(String name) {
    @Nullable Account<W> account = accounts.get(name);
    if (account == null) {
      account = new Account<>(name);
      if (!mayAcquire(account)) {
        return false;
      }
      accounts.put(name, account);
    } else if (!account.waiting.isEmpty() || !mayAcquire(account)) {
      return false;
    }
    take(account);
    return true;
  }

  private boolean mayAcquire(Account<W> account) {
    return switch (share) {
      case HALF_WHEN_CONTENDED, HALF_WHEN_CONTENDED_BRIEFLY ->
          free > 0
              ? account.held < half || isWantedByNoOther(account)
              : account.held == 0 && isReserveOpen();
      case AS_MANY_AS_FREE -> account.held < free;
    };
  }

  private boolean isReserveOpen() {
    return free > -reserve && excess >= reserveFrom;
  }

  private void take(Account<W> account) {
    if (account.held > 0) {
      excess++;
    }
    account.held++;
    free--;
  }

  private boolean isWantedByNoOther(Account<W> account) {
    return turns.isEmpty() || (turns.size() == 1 && turns.contains(account));
  }

  /** Waits for a permit, after {@link #tryAcquire} was refused. */
  public void enqueue(String name, W waiter) {
    Account<W> account = accounts.computeIfAbsent(name, Account::new);
    account.waiting.add(waiter);
    size++;
    turns.add(account);
  }

  /** Gives a permit back, and grants what can be granted now. */
  public void release(String name) {
    Account<W> account = existing(name);
    if (account.held == 0) {
      throw new IllegalStateException("The account holds no permit");
    }
    account.held--;
    free++;
    if (account.held > 0) {
      excess--;
    }
    forgetIfUnused(account);
    if (size > 0) {
      grant();
    }
  }

  private void grant() {
    for (@Nullable Account<W> account = next(); account != null; account = next()) {
      W waiter = account.waiting.remove();
      size--;
      take(account);
      account.got++;
      if (account.waiting.isEmpty() || account.got == turn) {
        account.got = 0;
        turns.remove(account);
        if (!account.waiting.isEmpty()) {
          // To the end of the turns.
          turns.add(account);
        }
      }
      onGranted.accept(waiter);
    }
  }

  /** The account whose turn it is, of those that may hold one more; null for none. */
  private @Nullable Account<W> next() {
    for (Account<W> account : turns) {
      if (free <= 0 && !isReserveOpen()) {
        return null;
      }
      if (mayAcquire(account)) {
        return account;
      }
    }
    return null;
  }

  /** Removes what waits; false where it no longer does. */
  public boolean remove(String name, W waiter) {
    @Nullable Account<W> account = accounts.get(name);
    if (account == null || !account.waiting.remove(waiter)) {
      return false;
    }
    removed(account, 1);
    return true;
  }

  /**
   * Removes what has waited too long.
   *
   * @param overdue false for what came after something for which it is false
   */
  public List<W> removeOverdue(Predicate<W> overdue) {
    if (size == 0) {
      return List.of();
    }
    List<W> removed = new ArrayList<>(0);
    for (Account<W> account : List.copyOf(turns)) {
      int before = removed.size();
      @Nullable W first = account.waiting.peek();
      while (first != null && overdue.test(first)) {
        removed.add(account.waiting.remove());
        first = account.waiting.peek();
      }
      if (removed.size() > before) {
        removed(account, removed.size() - before);
      }
    }
    return removed;
  }

  private void removed(Account<W> account, int count) {
    size -= count;
    if (account.waiting.isEmpty()) {
      account.got = 0;
      turns.remove(account);
      forgetIfUnused(account);
    }
  }

  private void forgetIfUnused(Account<W> account) {
    if (account.held == 0 && account.waiting.isEmpty()) {
      accounts.remove(account.name);
    }
  }

  private Account<W> existing(String name) {
    @Nullable Account<W> account = accounts.get(name);
    if (account == null) {
      throw new IllegalStateException("The account holds no permit");
    }
    return account;
  }

  /** How many wait. */
  public int size() {
    return size;
  }

  /** How many of the account wait. */
  public int size(String name) {
    @Nullable Account<W> account = accounts.get(name);
    return account == null ? 0 : account.waiting.size();
  }

  /** How many permits the account holds. */
  public int held(String name) {
    @Nullable Account<W> account = accounts.get(name);
    return account == null ? 0 : account.held;
  }

  /** Whether an account holds its half, although others want permits too. */
  public boolean takesMost(String name) {
    return accounts.size() > 1 && held(name) >= half;
  }
}
