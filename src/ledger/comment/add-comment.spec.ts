import { dataOf, DAY, idOf, moves, NEXT_DAY, refusal, Shop, typesOf } from '../../../test/support/shop';

describe('a comment', () => {
  it('is an event beside what it is about; it moves nothing and is numbered by the company', () => {
    const shop = new Shop();
    shop.count({ cash: 149_00 });
    const events = shop.enter({ type: 'comment', about: 'difference', comment: 'Un euro perdu' });
    expect(events[0]).toMatchObject({
      type: 'CommentAdded',
      businessDate: DAY,
      document: { type: 'comment', number: 1 },
      data: { about: 'difference', comment: 'Un euro perdu', till: 'T1', day: DAY },
      entry: { type: 'comment', index: 0, count: 1 },
    });
    for (const member of ['till', 'tillSequence', 'postings']) expect(events[0]).not.toHaveProperty(member);
    expect(events[0]?.entry).not.toHaveProperty('comment');
    expect(moves(events)).toEqual([]);
  });

  it('adds to the ones before, and replaces none', () => {
    const shop = new Shop();
    shop.sell({ cash: 1_00 });
    const first = shop.enter({ type: 'comment', about: 'difference', comment: 'un' });
    const second = shop.enter({ type: 'comment', about: 'difference', comment: 'deux' });
    expect([first, second].map(([event]) => event?.document?.number)).toEqual([1, 2]);
  });

  it.each([
    ['difference', 'difference'],
    ['ventilation', 'ventilation'],
    [{ difference: true }, 'difference'],
    [{ ventilation: true }, 'ventilation'],
  ])('about %j is about the %s of a till’s day', (about, subject) => {
    const shop = new Shop();
    shop.sell({ cash: 1_00 });
    const events = shop.enter({ type: 'comment', about, comment: 'vu' });
    expect(dataOf(events, 'CommentAdded')).toEqual({ about: subject, comment: 'vu', till: 'T1', day: DAY });
  });

  it('about an entry names the entry, and needs no till', () => {
    const shop = new Shop();
    const entry = idOf(shop.sell({ cash: 1_00 }));
    const events = shop.record({ type: 'comment', about: { entry }, comment: 'voir facture' });
    expect(dataOf(events, 'CommentAdded')).toEqual({ about: 'entry', comment: 'voir facture', entry });
    expect(
      dataOf(shop.enter({ type: 'comment', about: { entry }, comment: 'bis' }), 'CommentAdded'),
    ).not.toHaveProperty('till');
  });

  it('about an entry that does not exist is refused', () => {
    const shop = new Shop();
    const entry = shop.uuid();
    expect(refusal(() => shop.record({ type: 'comment', about: { entry }, comment: 'vu' }))).toEqual({
      code: 'unknown-entry',
      pointer: '/about/entry',
      entry,
    });
  });

  it('about a day needs a till that is known and a day that was worked on', () => {
    const shop = new Shop();
    const comment = { type: 'comment', about: 'difference', comment: 'vu' };
    expect(refusal(() => shop.record(comment))).toEqual({ code: 'till-required', pointer: '/till' });
    expect(refusal(() => shop.enter({ ...comment, till: 'T9' }))).toMatchObject({
      code: 'unknown-till',
      till: 'T9',
    });
    expect(refusal(() => shop.enter(comment))).toEqual({
      code: 'till-not-open',
      pointer: '/businessDate',
      till: 'T1',
      businessDate: DAY,
    });
  });

  it('opens no day', () => {
    const shop = new Shop();
    shop.sell({ cash: 1_00 });
    shop.record({ type: 'comment', about: { entry: idOf(shop.sell({ cash: 1_00 })) }, comment: 'note' });
    expect(shop.ledger.tills.get('T2')?.days.size).toBe(0);
    expect(typesOf(shop.countAndClose(DAY, 152_00))).toEqual(['DayClosed']);
    expect(shop.ledger.tills.get('T1')?.days.size).toBe(0);
  });

  it('may be added to a day that is closed, and changes nothing there', () => {
    const shop = new Shop();
    shop.countAndClose(DAY, 150_00);
    shop.goTo(NEXT_DAY);
    const late = shop.enter({ type: 'comment', about: 'difference', comment: 'retrouvé', businessDate: DAY });
    expect(dataOf(late, 'CommentAdded').day).toBe(DAY);
    expect(shop.ledger.tills.get('T1')?.days.size).toBe(0);
    const earlier = { type: 'comment', about: 'difference', comment: 'vieux', businessDate: '2026-03-02' };
    expect(dataOf(shop.enter(earlier), 'CommentAdded').day).toBe('2026-03-02');
  });

  it('is refused for a day after the closed ones that nobody has opened', () => {
    const shop = new Shop();
    shop.countAndClose(DAY, 150_00);
    const comment = { type: 'comment', about: 'difference', comment: 'vu', businessDate: NEXT_DAY };
    expect(refusal(() => shop.enter(comment))).toMatchObject({
      code: 'till-not-open',
      businessDate: NEXT_DAY,
    });
  });

  it('explains its own day only', () => {
    const shop = new Shop();
    shop.sell({ cash: 1_00 });
    shop.goTo(NEXT_DAY).sell({ cash: 1_00 });
    shop.enter({ type: 'comment', about: 'difference', comment: 'demain' });
    shop.count({ cash: 150_00 }, { businessDate: DAY });
    expect(refusal(() => shop.close(DAY))).toMatchObject({ code: 'comment-required' });
  });
});
