import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { PLATFORM_PROBLEMS } from '../../src/platform/http/platform-problems';
import { TROUBLES } from '../../src/platform/troubles';
import { mountsOf, read, readCompose, ROOT, serviceOf } from '../support/deployment';
import { describeWithProgram, run } from '../support/installed';

type Alert = {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string };
};

type Panel = {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource?: { readonly uid: string };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
};

type Dashboard = { readonly uid: string; readonly panels: readonly Panel[] };

const ALERTS = 'deploy/prometheus/alerts.yml';
const alerts = (parse(read(ALERTS)) as { groups: { rules: Alert[] }[] }).groups.flatMap(({ rules }) => rules);
const dashboard = JSON.parse(read('deploy/grafana/dashboards/caisse.json')) as Dashboard;
const figures = dashboard.panels.filter(({ type }) => type !== 'row');
const shown = figures.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr }): [string, string] => [title, expr]),
);
const expressions = [...alerts.map(({ alert, expr }): [string, string] => [alert, expr]), ...shown];

/** By the reference page, which a test keeps equal to what the service answers. */
const metrics = new Map(
  [...read('docs/reference/metrics.md').matchAll(/^\| `(\w+)` +\| (\w+) +\| (.*?) +\|/gm)].map(
    ([, name = '', type = '', labels = '']) => [name, { type, labels }],
  ),
);

/** Of Prometheus itself. */
const ITS_OWN = ['up', 'ALERTS'];

/** The metrics of an expression: words that are neither functions, labels, keywords nor in a text. */
function metricsOf(expression: string): string[] {
  const bare = expression
    .replaceAll(/"[^"]*"/g, '')
    .replaceAll(/\{[^}]*\}/g, ' ')
    .replaceAll(/\b(by|without|on|ignoring) *\([^)]*\)/g, ' ')
    .replaceAll(/\[\w+\]/g, ' ')
    .replaceAll(/\b(and|or|unless)\b/g, ' ');
  return [...bare.matchAll(/[A-Za-z_]\w*(?! *\()\b/g)]
    .map(([name]) => name)
    .filter((name) => !/^e\d+$/.test(name));
}

function isMetric(name: string): boolean {
  const family = name.replace(/_(bucket|count|sum)$/, '');
  return (
    ITS_OWN.includes(name) ||
    (metrics.has(name) && metrics.get(name)?.type !== 'histogram') ||
    (family !== name && metrics.get(family)?.type === 'histogram')
  );
}

describe('alerts and dashboard', () => {
  it.each(expressions)('%s asks for what the service shows: %s', (_name, expression) => {
    const names = metricsOf(expression);
    expect(names).not.toEqual([]);
    expect(names.filter((name) => !isMetric(name))).toEqual([]);
  });

  it('are judged by a test that knows a metric that is none', () => {
    expect(metricsOf('sum by (le) (rate(caisse_nothing_bucket{a="b"}[5m])) > 1e9 and up')).toEqual([
      'caisse_nothing_bucket',
      'up',
    ]);
    expect(isMetric('caisse_nothing')).toBe(false);
    // A counter is no histogram, and a histogram has no value of its own.
    expect(['caisse_events_appended_total_bucket', 'caisse_http_request_seconds'].some(isMetric)).toBe(false);
  });

  it.each(expressions)('%s selects by values that there are: %s', (_name, expression) => {
    const values = (label: string) =>
      [...expression.matchAll(new RegExp(`\\b${label}=~?"([^"]*)"`, 'g'))].flatMap(([, text = '']) =>
        text.split('|'),
      );
    // Of the service's own: others are not shown before the first one, which would then be no increase.
    const own = Object.entries(PLATFORM_PROBLEMS).filter(([, { status }]) => status >= 500);
    expect(values('code').filter((code) => !own.some(([known]) => known === code))).toEqual([]);
    expect(values('what').filter((what) => !(TROUBLES as readonly string[]).includes(what))).toEqual([]);
    expect(values('job').filter((job) => !['caisse', 'proxy'].includes(job))).toEqual([]);
  });

  it('show every figure of the service', () => {
    const asked = new Set(
      expressions
        .flatMap(([, expression]) => metricsOf(expression))
        .map((name) => name.replace(/_(bucket|count)$/, '')),
    );
    expect([...metrics.keys()].filter((name) => !asked.has(name))).toEqual([]);
  });
});

describe('deploy/prometheus/alerts.yml', () => {
  it('names each alert once, says how soon it matters, and in a sentence what it is', () => {
    expect(new Set(alerts.map(({ alert }) => alert)).size).toBe(alerts.length);
    for (const { alert, labels, annotations } of alerts) {
      expect([alert, ['page', 'ticket'].includes(labels.severity)]).toEqual([alert, true]);
      expect([alert, annotations.summary.length > 10]).toEqual([alert, true]);
    }
  });

  it('has a section for each alert in docs/operations.md, in its order, that says how soon it matters', () => {
    const page = read('docs/operations.md');
    const chapter = page.slice(page.indexOf('\n## What each alert means'));
    const sections = [...chapter.matchAll(/^### (\w+) \((\w+)\)$/gm)].map(([, name, severity]) => [
      name,
      severity,
    ]);
    expect(sections).toEqual(alerts.map(({ alert, labels }) => [alert, labels.severity]));
  });
});

describe('the dashboard', () => {
  it('has one place for each panel, and the data source that is provisioned', () => {
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(dashboard.panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true);
    const { datasources } = parse(read('deploy/grafana/provisioning/datasources/prometheus.yml')) as {
      datasources: { uid: string; url: string }[];
    };
    expect(datasources.map(({ uid, url }) => [uid, url])).toEqual([['prometheus', 'http://prometheus:9090']]);
    expect(new Set(figures.map(({ datasource }) => datasource?.uid))).toEqual(new Set(['prometheus']));
  });

  it('is where Grafana looks for it', () => {
    const { providers } = parse(read('deploy/grafana/provisioning/dashboards/caisse.yml')) as {
      providers: { options: { path: string } }[];
    };
    const targets = mountsOf(serviceOf(readCompose(), 'grafana')).map(({ source, target }) => [
      source,
      target,
    ]);
    expect(targets).toContainEqual(['./deploy/grafana/dashboards', providers[0]?.options.path]);
  });
});

describeWithProgram('promtool', 'Prometheus', () => {
  it('accepts the rules, and they fire when they should', () => {
    expect(run('promtool', 'check', 'rules', join(ROOT, ALERTS)).code).toBe(0);
    const { code, said } = run('promtool', 'test', 'rules', join(ROOT, 'deploy/prometheus/alerts.test.yml'));
    expect([code, said]).toEqual([0, expect.stringContaining('SUCCESS')]);
  });

  it.each(['alone', 'cluster'])('accepts its configuration, with the targets of %s', (targets) => {
    const folder = mkdtempSync(join(tmpdir(), 'caisse-prometheus-'));
    const file = join(folder, 'prometheus.yml');
    const here = read('deploy/prometheus/prometheus.yml')
      .replace('/etc/prometheus/alerts.yml', join(ROOT, ALERTS))
      .replace('/etc/prometheus/targets.yml', join(ROOT, `deploy/prometheus/targets/${targets}.yml`));
    writeFileSync(file, here);
    const { code, said } = run('promtool', 'check', 'config', file);
    rmSync(folder, { recursive: true });
    expect([code, said]).toEqual([0, expect.not.stringContaining('FAILED')]);
  });

  it('accepts every expression of the dashboard', () => {
    const rules = shown.map(([, expr], index) => ({ record: `shown:${index}`, expr }));
    const folder = mkdtempSync(join(tmpdir(), 'caisse-dashboard-'));
    const file = join(folder, 'rules.yml');
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'shown', rules }] }));
    const { code, said } = run('promtool', 'check', 'rules', file);
    rmSync(folder, { recursive: true });
    expect([code, said]).toEqual([0, expect.stringContaining(`${rules.length} rules found`)]);
  });
});
