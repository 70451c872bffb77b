import { EventOrder } from './verification-order';

type Item = { readonly sequence: number; readonly isWhole: boolean };

/** An event whose text is not what was sealed, and what it says of its place. */
const changed = (sequence: number): Item => ({ sequence, isWhole: false });
const nonsense = changed(0);

/** Reads events in an order; answers the places that were filled (0 for none), who came late, and what was found. */
function read(...events: readonly (number | Item)[]) {
  const places: number[] = [];
  const late: number[] = [];
  const found: string[] = [];
  const order = new EventOrder<Item>({
    next: (sequence, item) => {
      expect(sequence).toBe(places.length + 1);
      places.push(item?.sequence ?? -1);
    },
    late: ({ sequence }) => late.push(sequence),
    report: (sequence, code, detail) => found.push(`${sequence} ${code} ${detail}`.trim()),
  });
  for (const event of events)
    order.add(typeof event === 'number' ? { sequence: event, isWhole: true } : event);
  order.finish();
  return { places, late, found };
}

const MISSING = -1;

describe('the order of events', () => {
  it('is that of their numbers', () => {
    expect(read(1, 2, 3)).toEqual({ places: [1, 2, 3], late: [], found: [] });
    expect(read()).toEqual({ places: [], late: [], found: [] });
  });

  it('leaves a place empty where an event is missing', () => {
    expect(read(1, 3, 4)).toEqual({ places: [1, MISSING, 3, 4], late: [], found: ['2 missing-event'] });
    expect(read(2, 3)).toEqual({ places: [MISSING, 2, 3], late: [], found: ['1 missing-event'] });
  });

  it('tells a row of missing events as one finding, and two rows as two', () => {
    expect(read(1, 4, 5).found).toEqual(['2 missing-event 2–3']);
    expect(read(1, 4, 5, 8, 9, 11, 12).found).toEqual([
      '2 missing-event 2–3',
      '6 missing-event 6–7',
      '10 missing-event',
    ]);
  });

  it('finds the last event when the one before it is missing', () => {
    expect(read(1, 2, 4)).toEqual({ places: [1, 2, MISSING, 4], late: [], found: ['3 missing-event'] });
  });

  it('names an event that came too early, and puts it in its place', () => {
    expect(read(1, 5, 2, 3, 4, 6)).toEqual({
      places: [1, 2, 3, 4, 5, 6],
      late: [],
      found: ['5 out-of-order'],
    });
    expect(read(1, 5, 2, 3, 4)).toEqual({ places: [1, 2, 3, 4, 5], late: [], found: ['5 out-of-order'] });
  });

  it('names an event that came too late, and hands it on', () => {
    expect(read(1, 3, 4, 5, 2, 6)).toEqual({
      places: [1, MISSING, 3, 4, 5, 6],
      late: [2],
      found: ['2 out-of-order'],
    });
  });

  it('names both of two that were exchanged', () => {
    expect(read(1, 3, 2, 4)).toEqual({
      places: [1, 2, 3, 4],
      late: [],
      found: ['2 out-of-order', '3 out-of-order'],
    });
    expect(read(1, 5, 3, 4, 2, 6)).toEqual({
      places: [1, MISSING, 3, 4, 5, 6],
      late: [2],
      found: ['5 out-of-order', '2 out-of-order'],
    });
  });

  it('fills a row of missing events from its middle, its beginning and its end', () => {
    expect(read(1, 6, 7, 4, 8).found).toEqual(['4 out-of-order', '2 missing-event 2–3', '5 missing-event']);
    expect(read(1, 6, 7, 2, 8).found).toEqual(['2 out-of-order', '3 missing-event 3–5']);
    expect(read(1, 6, 7, 5, 8).found).toEqual(['5 out-of-order', '2 missing-event 2–4']);
    expect(read(1, 6, 7, 5, 2, 4, 3, 8)).toEqual({
      places: [1, MISSING, MISSING, MISSING, MISSING, 6, 7, 8],
      late: [5, 2, 4, 3],
      found: ['5 out-of-order', '2 out-of-order', '4 out-of-order', '3 out-of-order'],
    });
  });

  it('does not miss an event within a leap that came too early', () => {
    expect(read(1, 4, 2, 6, 7)).toEqual({
      places: [1, 2, MISSING, 4, MISSING, 6, 7],
      late: [],
      found: ['4 out-of-order', '3 missing-event', '5 missing-event'],
    });
  });

  it('names an event that is there twice, and takes it once', () => {
    expect(read(1, 2, 3, 2, 4)).toEqual({ places: [1, 2, 3, 4], late: [], found: ['2 repeated-event'] });
    expect(read(1, 2, 2, 3)).toEqual({ places: [1, 2, 3], late: [], found: ['2 repeated-event'] });
    expect(read(1, 3, 4, 2, 2, 5)).toEqual({
      places: [1, MISSING, 3, 4, 5],
      late: [2],
      found: ['2 out-of-order', '2 repeated-event'],
    });
  });

  it('tells one that is there twice from one that was missed', () => {
    expect(read(1, 4, 5, 1, 6).found).toEqual(['1 repeated-event', '2 missing-event 2–3']);
    expect(read(1, 4, 5, 5, 6).found).toEqual(['5 repeated-event', '2 missing-event 2–3']);
    expect(read(1, 4, 5, 7, 8, 6, 2, 9).found).toEqual([
      '6 out-of-order',
      '2 out-of-order',
      '3 missing-event',
    ]);
  });

  it('names one whose place never came', () => {
    expect(read(1, 9, 2, 3)).toEqual({ places: [1, 2, 3], late: [], found: ['9 out-of-order'] });
  });

  it('takes one that is too early once, if it comes a second time', () => {
    expect(read(1, 5, 2, 5, 3, 4, 6)).toEqual({
      places: [1, 2, 3, 4, 5, 6],
      late: [],
      found: ['3 not-an-event a line between two events', '5 out-of-order'],
    });
  });
});

describe('an event whose text was changed', () => {
  it('stands in its place, whatever it says of it', () => {
    for (const event of [changed(2), changed(7), changed(1), nonsense])
      expect(read(1, event, 3, 4)).toEqual({
        places: [1, event.sequence, 3, 4],
        late: [],
        found: [],
      });
  });

  it('stands in its place at the end too, and at the beginning', () => {
    expect(read(1, 2, nonsense)).toEqual({ places: [1, 2, 0], late: [], found: [] });
    expect(read(nonsense, 2, 3)).toEqual({ places: [0, 2, 3], late: [], found: [] });
  });

  it('is not believed about its place at the end, where nothing confirms it', () => {
    expect(read(1, changed(4))).toEqual({ places: [1, 4], late: [], found: [] });
  });

  it('is a line too many between two that follow each other', () => {
    expect(read(1, 2, nonsense, 3, 4)).toEqual({
      places: [1, 2, 3, 4],
      late: [],
      found: ['3 not-an-event a line between two events'],
    });
  });

  it('is believed about its place where the one after it says the same', () => {
    expect(read(1, changed(4), 5, 6)).toEqual({
      places: [1, MISSING, MISSING, 4, 5, 6],
      late: [],
      found: ['2 missing-event 2–3'],
    });
  });

  it('does not bring a million missing events by a number that is out of all proportion', () => {
    expect(read(1, 2_000_000, 2, 3)).toEqual({
      places: [1, 2, 3],
      late: [],
      found: ['2 not-an-event a line between two events'],
    });
    expect(read(1, 2, 2_000_000)).toEqual({ places: [1, 2], late: [], found: ['2000000 out-of-order'] });
    expect(read(1, 2, changed(2_000_000), 4, 5)).toEqual({
      places: [1, 2, 2_000_000, 4, 5],
      late: [],
      found: [],
    });
  });
});
