/** Everything beyond the list of incidents. Loaded after the list is on the screen, or when it is the first page. */
import './app.tsx';

export { ExecutionPage } from './pages/execution.tsx';
export { IncidentPage } from './pages/incident.tsx';
export { RunbookEditorPage } from './pages/runbook-editor.tsx';
export { startRunbook } from './pages/runbook-start.tsx';
export { RunbookPage, RunbooksPage } from './pages/runbooks.tsx';
export { ActAsDialog, RenewDialog, SignInPage } from './pages/sign-in.tsx';
export { Palette, KeysDialog, ZoneDialog } from './palette.tsx';
