package org.nself.incidents.web.error;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FieldErrorsTest {

  private final FieldErrors errors = new FieldErrors();

  @Test
  void fiftyAreNamedAndTheOthersCounted() {
    for (int i = 0; i < 70; i++) {
      assertThat(errors.hasRoom()).isEqualTo(i < 50);
      errors.add("f" + i, "is wrong");
    }
    errors.count(5);
    assertThat(errors.toList()).hasSize(50);
    assertThat(errors.toSentence())
        .startsWith("f0: is wrong; f1: is wrong; ")
        .endsWith("f49: is wrong; and 25 more");
  }

  @Test
  void whereValidationEndsEarlyItSaysSo() {
    errors.add("f", "is wrong");
    errors.endEarly();
    assertThat(errors.toSentence()).isEqualTo("f: is wrong; and perhaps more");
    errors.count(2_000);
    assertThat(errors.isFull()).isTrue();
    assertThat(errors.toSentence()).isEqualTo("f: is wrong; and at least 2000 more");
  }

  @Test
  void anExceptionOfAListHasFiftyToo() {
    List<FieldError> many =
        IntStream.range(0, 60).mapToObj(i -> new FieldError("f" + i, "is wrong")).toList();
    ApiException exception = ApiException.invalid(many);
    assertThat(exception.errors()).hasSize(50);
    assertThat(exception.detail()).endsWith("; and 10 more");
  }
}
