import '../app.tsx';

export function InsightsPage() {
  return <main id="main" class="page" />;
}
