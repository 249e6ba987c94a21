-- One schema holds one shard; these tables are made in the one that the connection names. Rows are
-- only ever added, but for where a series stands and how often a dead letter was seen.

-- A series: how its numbers are written, its last number and the last link of its chain.
create table series (
    series_id bigint generated always as identity primary key,
    name text not null unique,
    number_head text not null,
    number_digits integer not null,
    country text not null,
    business_line text not null,
    kind text not null,
    last_sequence bigint not null,
    last_chain bytea not null
);

-- Input records and documents of some events, compressed together.
create table blocks (
    block_id bigint primary key,
    content bytea not null
);

-- They are compressed already.
alter table blocks alter column content set storage external;

-- The digest of (source, id) claims an event: nothing is issued twice. It says where it lies.
create table events (
    event_digest bytea primary key,
    block_id bigint not null,
    place integer not null
);

create index events_by_block on events (block_id);

-- Which events corrected which: a refund must know what earlier ones left.
create table corrections (
    original_digest bytea not null,
    event_digest bytea not null,
    primary key (original_digest, event_digest)
);

-- Where the numbers of a series lie: those that one transaction gave begin in this block.
create table number_runs (
    series_id bigint not null references series (series_id),
    first_sequence bigint not null,
    block_id bigint not null,
    primary key (series_id, first_sequence)
);

-- Packs and legal entities by the SHA-256 that documents and records name.
create table frozen_inputs (
    sha256 text primary key,
    kind text not null,
    content bytea not null
);

create table dead_letters (
    dead_letter_id bigint generated always as identity primary key,
    sha256 bytea not null unique,
    first_seen_at text not null,
    last_seen_at text not null,
    times_seen integer not null,
    origin text not null,
    code text not null,
    path text not null,
    reason text not null,
    content bytea not null,
    resolved_at text,
    resolved_by text not null default '[]'
);
