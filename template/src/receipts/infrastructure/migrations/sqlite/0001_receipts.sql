-- One file holds one shard. Rows are only ever added, but for where a series stands
-- and how often a dead letter was seen.

-- A series: how its numbers are written, its last number and the last link of its chain.
-- Advanced in the transaction that stores the documents, so a number exists only with
-- its document.
create table series (
    series_id integer primary key,
    name text not null unique,
    number_head text not null,
    number_digits integer not null,
    country text not null,
    business_line text not null,
    kind text not null,
    last_sequence integer not null,
    last_chain blob not null
);

-- Input records and documents of some events, compressed together.
create table blocks (
    block_id integer primary key,
    content blob not null
);

-- The digest of (source, id) claims an event: nothing is issued twice. It says where the
-- event lies. Digests come in no order, so every byte of a row is paid for often.
create table events (
    event_digest blob primary key,
    block_id integer not null references blocks (block_id),
    place integer not null
) without rowid;

-- Which events corrected which: a refund must know what earlier ones left.
create table corrections (
    original_digest blob not null,
    event_digest blob not null,
    primary key (original_digest, event_digest)
) without rowid;

-- Where the numbers of a series lie: those that one transaction gave begin in this block.
create table number_runs (
    series_id integer not null references series (series_id),
    first_sequence integer not null,
    block_id integer not null references blocks (block_id),
    primary key (series_id, first_sequence)
) without rowid;

-- Packs and legal entities by the SHA-256 that documents and records name.
create table frozen_inputs (
    sha256 text primary key,
    kind text not null,
    content blob not null
);

create table dead_letters (
    dead_letter_id integer primary key,
    sha256 blob not null unique,
    first_seen_at text not null,
    last_seen_at text not null,
    times_seen integer not null,
    origin text not null,
    code text not null,
    path text not null,
    reason text not null,
    content blob not null
);
