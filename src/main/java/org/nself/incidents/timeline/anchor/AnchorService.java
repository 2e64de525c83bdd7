package org.nself.incidents.timeline.anchor;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.security.Caller;
import org.nself.incidents.security.Permission;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.paging.Cursor;
import org.nself.incidents.web.paging.PageRequest;

/** Signs the ends of the timelines of an account. */
final class AnchorService {

  private static final UUID FIRST = new UUID(0, 0);

  private final AnchorStore store;
  private final AnchorSigner signer;

  AnchorService(AnchorStore store, AnchorSigner signer) {
    this.store = store;
    this.signer = signer;
  }

  /**
   * @param statement the same, signed
   */
  record SignedAnchor(UUID incidentId, int seq, String hash, Instant time, String statement) {}

  /**
   * @param nextCursor null on the last page
   */
  record AnchorPage(List<SignedAnchor> anchors, @Nullable String nextCursor) {}

  /**
   * @param incident null for all
   * @throws ApiException {@code not_found}, if there is no key to sign with
   */
  AnchorPage page(Caller caller, @Nullable UUID incident, PageRequest page) {
    caller.requirePermission(Permission.READ);
    signer.requireEnabled();
    String account = caller.account();
    if (incident != null) {
      return new AnchorPage(signed(account, store.ofIncidents(account, List.of(incident))), null);
    }
    List<TimelineAnchor> rows = store.page(account, after(account, page), page.size() + 1);
    boolean more = rows.size() > page.size();
    List<TimelineAnchor> anchors = more ? rows.subList(0, page.size()) : rows;
    return new AnchorPage(
        signed(account, anchors),
        more
            ? Cursor.encode(listName(account), List.of(anchors.getLast().incidentId().toString()))
            : null);
  }

  private static UUID after(String account, PageRequest page) {
    @Nullable String cursor = page.after();
    return cursor == null
        ? FIRST
        : (UUID)
            Cursor.decode(listName(account), page.afterField(), cursor, List.of(Cursor.Type.UUID))
                .getFirst();
  }

  private static String listName(String account) {
    return account + " timeline anchors";
  }

  private List<SignedAnchor> signed(String account, List<TimelineAnchor> anchors) {
    return anchors.stream()
        .map(
            anchor ->
                new SignedAnchor(
                    anchor.incidentId(),
                    anchor.seq(),
                    anchor.hash(),
                    anchor.time(),
                    signer.sign(account, anchor)))
        .toList();
  }

  /** The public keys, as a JWK set. */
  Map<String, Object> keys(Caller caller) {
    caller.requirePermission(Permission.READ);
    return signer.publicKeys();
  }
}
