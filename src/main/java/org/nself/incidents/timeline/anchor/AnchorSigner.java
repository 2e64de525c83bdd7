package org.nself.incidents.timeline.anchor;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.impl.EdDSAProvider;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.util.Base64URL;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.interfaces.EdECPublicKey;
import java.text.ParseException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.security.jwt.Ed25519Verifier;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.ErrorCode;
import org.nself.incidents.web.input.StrictJson;
import org.nself.incidents.web.input.Strings;
import org.nself.incidents.web.input.Timestamps;

/**
 * Signs and verifies statements: compact JWS (RFC 7515) with Ed25519 (RFC 8037), whose payload has
 * {@code account}, {@code incident}, {@code seq}, {@code hash} and {@code time}.
 */
public final class AnchorSigner {

  public static final int MAX_STATEMENT_LENGTH = 2_000;

  private static final JOSEObjectType TYPE = new JOSEObjectType("timeline-anchor+jwt");

  private final StrictJson json;
  private final List<Key> keys;

  /**
   * @param publicJwk the key as clients verify with it
   */
  private record Key(OctetKeyPair publicJwk, PrivateKey privateKey, JWSVerifier verifier) {}

  /**
   * @param keys Ed25519: the first signs, all verify; without any, every call fails with an error
   *     that says so
   */
  AnchorSigner(List<KeyPair> keys, StrictJson json) {
    this.json = json;
    this.keys = keys.stream().map(AnchorSigner::key).toList();
  }

  private static Key key(KeyPair pair) {
    EdECPublicKey publicKey = (EdECPublicKey) pair.getPublic();
    // The last 32 bytes of the DER encoding are the key as RFC 8032 encodes it.
    byte[] der = publicKey.getEncoded();
    Base64URL point = Base64URL.encode(Arrays.copyOfRange(der, der.length - 32, der.length));
    try {
      OctetKeyPair jwk =
          new OctetKeyPair.Builder(Curve.Ed25519, point)
              .algorithm(JWSAlgorithm.EdDSA)
              .keyUse(KeyUse.SIGNATURE)
              .keyIDFromThumbprint()
              .build();
      return new Key(jwk, pair.getPrivate(), new Ed25519Verifier(publicKey));
    } catch (JOSEException e) {
      throw new IllegalStateException("Every Java has SHA-256", e);
    }
  }

  boolean isEnabled() {
    return !keys.isEmpty();
  }

  /** The public keys, as a JWK set (RFC 7517). */
  Map<String, Object> publicKeys() {
    List<Map<String, Object>> jwks = new ArrayList<>();
    keys.forEach(key -> jwks.add(key.publicJwk().toJSONObject()));
    return Map.of("keys", jwks);
  }

  /**
   * @throws ApiException {@code not_found}, if there is no key
   */
  void requireEnabled() {
    if (!isEnabled()) {
      throw ApiException.of(
          ErrorCode.NOT_FOUND, "There are no timeline anchors: TIMELINE_ANCHOR_KEY is not set");
    }
  }

  String sign(String account, TimelineAnchor anchor) {
    Key key = keys.getFirst();
    JWSObject statement =
        new JWSObject(
            new JWSHeader.Builder(JWSAlgorithm.EdDSA)
                .type(TYPE)
                .keyID(key.publicJwk().getKeyID())
                .build(),
            new Payload(
                json.write(
                        Map.of(
                            "account",
                            account,
                            "incident",
                            anchor.incidentId().toString(),
                            "seq",
                            anchor.seq(),
                            "hash",
                            anchor.hash(),
                            "time",
                            Timestamps.format(anchor.time())))
                    .text()));
    try {
      statement.sign(new Ed25519Signer(key.privateKey()));
    } catch (JOSEException e) {
      throw new IllegalStateException("Signing a timeline anchor failed", e);
    }
    return statement.serialize();
  }

  /**
   * Reads a statement that this service signed.
   *
   * @param field names the argument in the error
   * @throws ApiException {@code invalid}, if it is none, or about another account
   */
  public TimelineAnchor verify(String field, String account, String statement) {
    if (!isEnabled()) {
      throw ApiException.malformed(
          field, "cannot be compared, because TIMELINE_ANCHOR_KEY is not set");
    }
    @Nullable Map<String, @Nullable Object> members = signedMembers(statement);
    if (members == null) {
      throw ApiException.malformed(
          field,
          "is not a statement that was signed with a key of this service; pass the statement of a"
              + " timeline anchor unchanged");
    }
    if (!account.equals(members.get("account"))) {
      throw ApiException.malformed(field, "is a statement about another account");
    }
    return anchor(members);
  }

  private @Nullable Map<String, @Nullable Object> signedMembers(String statement) {
    if (statement.length() > MAX_STATEMENT_LENGTH) {
      return null;
    }
    try {
      JWSObject jws = JWSObject.parse(statement);
      if (!TYPE.equals(jws.getHeader().getType())
          || !JWSAlgorithm.EdDSA.equals(jws.getHeader().getAlgorithm())) {
        return null;
      }
      for (Key key : keys) {
        if (jws.verify(key.verifier())) {
          return json.parseMembers(jws.getPayload().toString().getBytes(StandardCharsets.UTF_8));
        }
      }
      return null;
    } catch (ParseException | JOSEException | IllegalStateException e) {
      return null;
    }
  }

  /** Signed by this service, so the members are as it wrote them. */
  private static TimelineAnchor anchor(Map<String, @Nullable Object> members) {
    try {
      java.util.@Nullable UUID id =
          members.get("incident") instanceof String incident ? Strings.uuid(incident) : null;
      if (id != null
          && members.get("seq") instanceof Integer seq
          && members.get("hash") instanceof String hash
          && members.get("time") instanceof String time) {
        return new TimelineAnchor(id, seq, hash, Instant.parse(time));
      }
    } catch (DateTimeException e) {
      // Reported below.
    }
    throw new IllegalStateException("A signed timeline anchor has other members than expected");
  }

  /** Nimbus's own signer needs Tink. */
  private static final class Ed25519Signer extends EdDSAProvider implements JWSSigner {

    private final PrivateKey key;

    Ed25519Signer(PrivateKey key) {
      this.key = key;
    }

    @Override
    public Base64URL sign(JWSHeader header, byte[] signingInput) throws JOSEException {
      try {
        Signature signature = Signature.getInstance("Ed25519");
        signature.initSign(key);
        signature.update(signingInput);
        return Base64URL.encode(signature.sign());
      } catch (GeneralSecurityException e) {
        throw new JOSEException(e);
      }
    }
  }
}
