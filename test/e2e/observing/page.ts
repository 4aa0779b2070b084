// The page as a person uses it, in a real browser beside a real mesh: from the slow endpoint to a trace, and a model back.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium as browsers, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { decodeModel, encodeModel } from '../../../trainer/actor/model-file.js';
import { withContentId } from '../../../trainer/actor/content-id.js';
import { shippedModelPath } from '../../../trainer/cli/shipped-model.js';
import type { Observed } from '../observing.test.js';
import { eventually } from '../support/eventually.js';
import type { Shop } from '../support/shop.js';
import { chromium } from '../support/tools.js';

const SHOTS = join(import.meta.dirname, '../../../build/screenshots');
const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'];
const QUIET = ['--disable-background-networking', '--disable-component-update', '--disable-sync'];
const VIEWS = ['overview', 'graph', 'service/db', 'traces', 'models', 'training', 'events'] as const;
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

let shop: Shop;
let browser: Browser;

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string }[];
}

async function open(
  options: Parameters<Browser['newPage']>[0] = {},
): Promise<{ page: Page; complaints: string[] }> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 860 }, ...options });
  const complaints: string[] = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(`${shop.url}/`, { waitUntil: 'load' });
  return { page, complaints };
}

async function shoot(page: Page, name: string): Promise<void> {
  mkdirSync(SHOTS, { recursive: true });
  writeFileSync(join(SHOTS, `${name}.png`), await page.screenshot());
}

/** Serious and critical ones (WCAG 2.2 AA), as axe finds them. */
async function violationsOf(page: Page): Promise<string[]> {
  // The page's own policy allows no script from elsewhere; this one is evaluated by the debugger.
  await page.evaluate(readFileSync(AXE, 'utf8'));
  const found = await page.evaluate<Violation[]>(
    `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'] }).then((result) => result.violations)`,
  );
  return found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 200) ?? ''}`);
}

export function pageSuite(observed: () => Observed): void {
  beforeAll(async () => {
    shop = observed().shop;
    browser = await browsers.launch({ executablePath: chromium(), args: [...FLAGS, ...QUIET] });
  }, 60_000);
  afterAll(() => browser?.close(), 30_000);

  it('shows live figures on the overview, without a complaint of the browser', async () => {
    const { page, complaints } = await open();
    const rate = page.locator('.tile strong').first();
    await eventually(async () => /^\d+(\.\d+)?\/s$/.test(await rate.innerText()));
    const first = await page.locator('.tile .spark path').first().getAttribute('d');
    await eventually(
      async () => (await page.locator('.tile .spark path').first().getAttribute('d')) !== first,
    );
    expect(await page.locator('.live').innerText()).toBe('live');
    await page.getByText('bottleneck', { exact: true }).waitFor();
    await page.locator('.chart canvas').first().waitFor();
    await shoot(page, 'overview');
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('leads from the slow endpoint to a trace that shows it', async () => {
    const { page, complaints } = await open();
    await page.getByRole('link', { name: 'Graph' }).click();
    await page.locator('.canvas canvas').first().waitFor();
    const finding = page.locator('.findings li', { hasText: 'db-1 (' }).first();
    expect(await finding.innerText()).toMatch(/db-1 \(127\.0\.0\.1:\d+\) of db takes .* ms a call/);
    const endpoint = /db-1 \((.*?)\)/.exec(await finding.innerText())![1]!;
    const failing = page.locator('.findings li', { hasText: 'api-2 (' }).first();
    expect(await failing.innerText()).toMatch(/500\s+api-2 .* answers 500 to \d+/);
    await shoot(page, 'graph');
    await finding.getByRole('link', { name: /^trace of/ }).click();
    const slow = page.locator('.waterfall button', { hasText: 'api calls db' }).first();
    await slow.click();
    const details = await page.getByRole('region', { name: 'The chosen span' }).innerText();
    expect(details).toMatch(/Endpoint served\s+127\.0\.0\.1:\d+/);
    expect(details).toContain(endpoint);
    await shoot(page, 'trace');
    await page.getByRole('link', { name: 'Service db' }).click();
    await page.getByRole('table', { name: 'Endpoints' }).waitFor();
    await page.locator('.chart canvas').first().waitFor();
    await shoot(page, 'service');
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('rolls a model back with the token, and not with another one', async () => {
    const other = withContentId({
      ...decodeModel(readFileSync(shippedModelPath)),
      temperature: Math.fround(0.11),
    });
    const published = await fetch(`${shop.url}/v1/models`, {
      method: 'POST',
      headers: { authorization: `Bearer ${shop.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        model: Buffer.from(encodeModel(other)).toString('base64'),
        force: true,
        by: 'a test',
      }),
    });
    expect(published.status).toBe(201);
    const { page } = await open();
    await page.getByRole('link', { name: 'Models' }).click();
    await page.getByText(`candidate ${other.id.slice(0, 8)}`).waitFor();
    await page.getByRole('button', { name: 'Roll back' }).click();
    await shoot(page, 'rollback');
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Token').fill('not the token');
    await dialog.getByLabel('Reason').fill('it is only a test');
    await dialog.getByRole('button', { name: 'Roll back' }).click();
    await dialog.getByText('The token is not the right one').waitFor();
    await dialog.getByLabel('Token').fill(shop.token);
    await dialog.getByRole('button', { name: 'Roll back' }).click();
    await page.locator('.notice.done', { hasText: 'was rolled back' }).waitFor();
    await eventually(async () => (await shop.get<{ stage: string }>('/v1/rollout')).stage === 'idle');
    await page.getByRole('link', { name: other.id.slice(0, 8) }).click();
    await page.getByRole('region', { name: 'Its rollout' }).getByText('it is only a test').first().waitFor();
    await shoot(page, 'models');
    await page.close();
  });

  it('works by keyboard alone', async () => {
    const { page } = await open();
    const focused = () => page.evaluate<string>('document.activeElement?.textContent?.trim() ?? ""');
    // Of the view: the link that led there may have the same text.
    const isAt = (title: string) =>
      eventually(
        async () =>
          (await focused()) === title && (await page.evaluate('document.activeElement.tagName')) === 'H1',
      );
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('To the content');
    await page.keyboard.press('Enter');
    expect(await focused()).toBe('Overview');
    for (let tabs = 0; tabs < 20 && (await focused()) !== 'Graph'; tabs++)
      await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Enter');
    await isAt('Service graph');
    const service = page.getByRole('table', { name: 'Services' }).getByRole('link', { name: 'db' });
    await service.focus();
    await page.keyboard.press('Enter');
    await isAt('db');
    await page.goBack();
    await isAt('Service graph');
    await page.close();
  });

  it.each(['light', 'dark'] as const)('is accessible in every view, %s', async (colorScheme) => {
    const { page } = await open({ colorScheme });
    const all: string[] = [];
    for (const view of VIEWS) {
      await page.goto(`${shop.url}/#/${view}`);
      await page.locator('main h1').waitFor();
      await page.waitForLoadState('networkidle', { timeout: 2000 }).catch(() => undefined);
      all.push(...(await violationsOf(page)).map((violation) => `${view}: ${violation}`));
    }
    expect(all).toEqual([]);
    await page.close();
  });

  it('fits a narrow window', async () => {
    const { page } = await open({ viewport: { width: 400, height: 800 } });
    for (const view of VIEWS) {
      await page.goto(`${shop.url}/#/${view}`);
      await page.locator('main h1').waitFor();
      const wide = await page.evaluate<number>('document.documentElement.scrollWidth');
      expect(wide, view).toBeLessThanOrEqual(400);
    }
    await page.close();
  });

  it('says what is missing, and what to do', async () => {
    const { page } = await open();
    await page.goto(`${shop.url}/#/trace/${'0'.repeat(31)}1`);
    await page.getByText(/no trace .* is kept/).waitFor();
    await page.goto(`${shop.url}/#/service/nobody`);
    await page.getByText('no call of nobody in the last 1m').waitFor();
    await page.goto(`${shop.url}/#/traces?service=nobody`);
    await page.getByText('No trace that is kept fits').waitFor();
    await page.close();
  });

  it('says that it reconnects when the trainer is gone', async () => {
    const { page } = await open();
    await eventually(async () => (await page.locator('.live').innerText()) === 'live');
    await shop.stop();
    await page.getByText(/^reconnecting, last heard/).waitFor({ timeout: 30_000 });
    await page.close();
  });
}
