import { useState } from 'preact/hooks';
import { config } from '../base.ts';
import { me, openTryOut, signIn, useToken } from '../session.ts';
import { Icon } from '../ui/icons.tsx';
import { Button, closeDialog, Dialog, Field, showToast, useOwnDialog } from '../ui/widgets.tsx';

export function SignInPage({ reason, signInUrl }: { reason: string | undefined; signInUrl: string | null }) {
  return (
    <main id="main" class="sign-in">
      <div class="sign-in-card">
        <svg class="brand-mark" viewBox="0 0 32 32" aria-hidden="true">
          <path d="M3 17h7l3-9 6 17 3.500-8H29" />
        </svg>
        <h1>Incidents</h1>
        {reason && (
          <p class="banner warning" role="alert">
            <Icon name="warning" />
            <span>{reason}</span>
          </p>
        )}
        {signInUrl && (
          <Button kind="primary" icon="key" onClick={() => signIn(signInUrl)}>
            Sign in
          </Button>
        )}
        {config.tryOut && <TryOutForm />}
        {signInUrl || config.tryOut ? (
          <details>
            <summary>Use a token instead</summary>
            <TokenForm />
          </details>
        ) : (
          <TokenForm />
        )}
      </div>
    </main>
  );
}

function TokenForm({ onDone }: { onDone?: () => void }) {
  const [token, setToken] = useState('');
  const [keep, setKeep] = useState(false);
  const [fault, setFault] = useState<string | undefined>();
  const [busy, setBusy] = useState(false);
  return (
    <form
      onSubmit={async (event) => {
        event.preventDefault();
        if (busy) return;
        setBusy(true);
        const refusal = await useToken(token, keep);
        setBusy(false);
        if (refusal) setFault(refusal);
        else onDone?.();
      }}
    >
      <Field label="Token" hint="A JWT of your nSelf project. It stays in this tab's memory." fault={fault}>
        {(attributes) => <textarea {...attributes} class="token" rows={3} required autocomplete="off" spellcheck={false} value={token} onInput={(event) => setToken(event.currentTarget.value)} />}
      </Field>
      <label class="check">
        <input type="checkbox" checked={keep} onChange={(event) => setKeep(event.currentTarget.checked)} /> Keep it until this tab is closed, also when the page is loaded again
      </label>
      <footer>
        <Button kind="primary" type="submit" disabled={busy}>
          {busy ? 'Checking…' : 'Use this token'}
        </Button>
      </footer>
    </form>
  );
}

const roles = ['admin', 'responder', 'user', 'viewer'] as const;

function TryOutForm({ onDone }: { onDone?: () => void }) {
  const [actor, setActor] = useState(me()?.actor ?? 'ana');
  const [role, setRole] = useState(me()?.role ?? 'admin');
  return (
    <form
      onSubmit={async (event) => {
        event.preventDefault();
        if (await openTryOut({ actor: actor.trim(), role })) onDone?.();
        else showToast('The try-out did not accept this', 'error');
      }}
    >
      <Field label="Act as">
        {(attributes) => <input {...attributes} type="text" required maxLength={200} autocomplete="off" list="try-out-people" value={actor} onInput={(event) => setActor(event.currentTarget.value)} />}
      </Field>
      <datalist id="try-out-people">
        {['ana', 'ben', 'carol', 'dmitri'].map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <Field label="Role" hint="A viewer reads; users and responders also change incidents and run runbooks; an admin also writes runbooks and redacts.">
        {(attributes) => (
          <select {...attributes} value={role} onChange={(event) => setRole(event.currentTarget.value)}>
            {roles.map((it) => (
              <option key={it} value={it}>
                {it}
              </option>
            ))}
          </select>
        )}
      </Field>
      <footer>
        <Button kind="primary" type="submit">
          Continue
        </Button>
      </footer>
    </form>
  );
}

/** Another person or role, in the try-out. */
export function ActAsDialog() {
  const { close } = useOwnDialog();
  return (
    <Dialog title="Act as somebody else" onClose={closeDialog}>
      <p class="muted">This is the try-out on your own machine; each tab can be another person, for example to approve what ana started.</p>
      <TryOutForm onDone={close} />
    </Dialog>
  );
}

/** A new token before the old one ends. */
export function RenewDialog() {
  const { close } = useOwnDialog();
  return (
    <Dialog title="Continue your session" onClose={closeDialog}>
      {config.signInUrl && (
        <Button kind="primary" icon="key" onClick={() => signIn(config.signInUrl!)}>
          Sign in again
        </Button>
      )}
      <TokenForm onDone={close} />
    </Dialog>
  );
}
