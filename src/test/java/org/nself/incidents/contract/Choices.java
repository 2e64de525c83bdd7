package org.nself.incidents.contract;

import java.util.List;
import java.util.Random;

/** Seeded choices of a generated request: the same seed makes the same request. */
final class Choices {

  /** What breaks programs that read text. */
  private static final List<String> TEXTS =
      List.of(
          "",
          " ",
          "\t\n",
          "\u0000",
          "a\u0000b",
          "a\u0007b\u001b[31m",
          "\u007f\u0085",
          "café",
          "cafe\u0301",
          "\ud800",
          "\udc00a",
          "a\ud83d",
          "\ufeffa",
          "\u2028\u2029",
          "\u202eabc",
          "İıſK",
          "ﬀ①",
          "\uffff\ufffe",
          "👩‍👩‍👧‍👦",
          "%",
          "%00",
          "%c3%28",
          "+",
          "\"",
          "\\",
          "'",
          "''); drop table np_incidents; --",
          "${",
          "${x",
          "$${",
          "${incident.title}",
          "${secret(\"A\")}",
          "${lists.range(1000000000)}",
          "{{a}}",
          "null",
          "true",
          "NaN",
          "-0",
          "1e400",
          "0x10",
          "١٢٣",
          "__proto__",
          "constructor",
          "..",
          "../../etc/passwd",
          "/",
          "//",
          "a,b",
          "a:b",
          "NAME:value",
          "#42",
          "*",
          "00000000-0000-0000-0000-000000000000",
          "2026-02-30T00:00:00Z",
          "2026-01-01T00:00:00+02:00",
          "0000-01-01T00:00:00Z",
          "+999999999-12-31T23:59:59Z",
          "-292275056-05-16T16:47:04Z",
          "9999-12-31T23:59:60Z",
          "2026-01-01",
          "2147483648",
          "9223372036854775808",
          "P1Y",
          "PT5M",
          "-PT999999999999H",
          "Europe/Berlin",
          "UTC+99",
          "critical",
          "open");

  private static final List<String> NUMBERS =
      List.of(
          "0",
          "-0",
          "-1",
          "1",
          "7",
          "1.5",
          "-0.0",
          "1E2",
          "1e-400",
          "1e400",
          "-1e400",
          "1e999999999",
          "2147483647",
          "2147483648",
          "-2147483649",
          "9007199254740993",
          "9223372036854775807",
          "9223372036854775808",
          "18446744073709551616",
          "0.1000000000000000055511151231257827021181583404541015625",
          "123456789012345678901234567890123456789012345678901234567890");

  private final Random random;

  Choices(long seed) {
    this.random = new Random(seed);
  }

  boolean chance(double probability) {
    return random.nextDouble() < probability;
  }

  /** From 0 to one less than the bound. */
  int below(int bound) {
    return random.nextInt(bound);
  }

  long between(long min, long max) {
    return random.nextLong(min, max == Long.MAX_VALUE ? max : max + 1);
  }

  <T> T of(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }

  /** Text that breaks programs, or that is long. */
  String nastyText() {
    if (chance(0.1)) {
      return of(List.of("a", "é", "😀", "\u0301", "${1}", " "))
          .repeat(of(List.of(64, 256, 2_001, 20_001)));
    }
    return chance(0.2) ? of(TEXTS) + of(TEXTS) : of(TEXTS);
  }

  /** Text that people could mean. */
  String plainText() {
    return of(
        List.of(
            "Checkout is down",
            "db",
            "a",
            "Latência élevée",
            "disk-full",
            "steps_1",
            "{\"a\": 1}",
            "incident.severity == \"high\"",
            "https://example.com/a?b=c"));
  }

  String text() {
    return chance(0.35) ? nastyText() : plainText();
  }

  /** The digits of a number, as JSON writes it. */
  String number() {
    return of(NUMBERS);
  }
}
