-- How PostgreSQL records: functions of the writer's own session (pg_temp), made when it connects, so that they are always those of the
-- program that calls them. A call is one statement: its arguments are with the server before it begins, and its answer is a few bytes. A client
-- that is stopped, or dies, therefore never holds a transaction open. Every statement within sees what was committed before it began.
--
-- raise_seq   the highest delivery number seen, per shard
-- set_aside   parks lines with a reason, one transaction with whoever calls it
-- record      records lines; answers a text of one letter per line: i inserted, d duplicate, p parked, l late (of an earlier run, and
--             nowhere to be found)
--
-- A run is that of the shard's gate; a lost run is named where a conflict came from one.
--
-- Arrays that begin with chunk_, line_ and so on have one element per chunk, per line; a line names its chunk, packet and accounts by their
-- place in the arrays of those, from 1. Money in fen, times in milliseconds since 1970.
-- Promise: one recording at a time, in whatever process, from the lock to the commit. Transfers are therefore numbered in the order of their
-- commits and without gaps: a report that has added up all rows to a number need not look at them again, and a statement misses none.

CREATE FUNCTION pg_temp.raise_seq(chunk_shard int[], chunk_seq bigint[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO shards (shard, highest_seq, archived_packets, archived_emptied, archived_claims, archived_funded_fen, archived_granted_fen, archived_refunded_fen)
    SELECT c.shard, max(c.seq), 0, 0, 0, 0, 0, 0 FROM unnest(chunk_shard, chunk_seq) AS c(shard, seq) GROUP BY c.shard
    ON CONFLICT (shard) DO UPDATE SET highest_seq = greatest(shards.highest_seq, excluded.highest_seq)
$$;

-- A line without a detail is not parked. One that is parked already stands once, with the moment at which it first came; one that was
-- resolved stays so.
CREATE FUNCTION pg_temp.set_aside(
    now_ms bigint, because text, chunk_shard int[], chunk_seq bigint[], chunk_published bigint[], chunk_trace text[], packet_ids text[],
    line_chunk int[], line_packet int[], line_kind int[], line_ordinal int[], line_user text[], line_fen bigint[], line_payload text[], line_detail text[],
    chunk_lost_run text[])
RETURNS void LANGUAGE plpgsql SET jit = off AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(7812730915);
    UPDATE parked k SET reason = because, detail = l.detail, lost_run = chunk_lost_run[l.chunk] FROM unnest(line_payload, line_detail, line_chunk) AS l(payload, detail, chunk)
    WHERE k.payload = l.payload AND k.resolved_at IS NULL AND l.detail <> '' AND (k.reason <> because OR k.detail <> l.detail);

    INSERT INTO parked (shard, packet_id, kind, ordinal, user_id, amount_fen, payload, reason, detail, parked_at, published_at, traceparent, lost_run)
    SELECT chunk_shard[l.chunk], coalesce(packet_ids[l.packet], ''), coalesce(l.kind, 0), coalesce(l.ordinal, 0), coalesce(l.user_id, ''), coalesce(l.fen, 0),
        l.payload, because, l.detail, now_ms, chunk_published[l.chunk], chunk_trace[l.chunk], chunk_lost_run[l.chunk]
    FROM unnest(line_chunk, line_packet, line_kind, line_ordinal, line_user, line_fen, line_payload, line_detail) WITH ORDINALITY
        AS l(chunk, packet, kind, ordinal, user_id, fen, payload, detail, n)
    WHERE l.detail <> '' ORDER BY l.n ON CONFLICT DO NOTHING;

    PERFORM pg_temp.raise_seq(chunk_shard, chunk_seq);
END $$;

-- Everything is found by key, whatever the statistics say of tables that grow by the second.
CREATE FUNCTION pg_temp.record(
    now_ms bigint, chunk_shard int[], chunk_seq bigint[], chunk_published bigint[], chunk_trace text[], packet_ids text[], packet_shard int[],
    account_codes text[], account_kind int[], account_check int[],
    line_chunk int[], line_packet int[], line_kind int[], line_ordinal int[], line_debit int[], line_credit int[], line_fen bigint[], line_at bigint[],
    line_first boolean[], line_user text[], line_terms text[], line_payload text[], unread_chunk int[], unread_payload text[], unread_detail text[],
    chunk_run text[], chunk_forgotten boolean[], why_forgotten text)
RETURNS text LANGUAGE plpgsql
SET jit = off SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    lines int := cardinality(line_chunk);
    late int[];
    lost_runs text[];
    aside text[];
    kept int[];
    packets_kept int[];
    last_before bigint;
    packets_at bigint[];
    accounts_at bigint[];
    recordings_at bigint[];
    recordings_used bigint[];
    added int;
    details text[];
    outcomes text;
BEGIN
    PERFORM pg_advisory_xact_lock(7812730915);
    last_before := coalesce((SELECT max(id) FROM transfers), 0);
    PERFORM setval(pg_get_serial_sequence('transfers', 'id'), greatest(last_before, 1), last_before > 0);

    -- A parked line that was dealt with otherwise is neither recorded nor parked anew, however often it comes; and what comes from another run than
    -- the shard's can only be found, not added. Nearly always there is neither.
    late := ARRAY(SELECT c.n::int FROM unnest(chunk_shard, chunk_run) WITH ORDINALITY AS c(shard, run, n) JOIN shards s ON s.shard = c.shard WHERE s.run <> coalesce(c.run, ''));
    IF cardinality(late) > 0 OR EXISTS (SELECT FROM parked k WHERE k.resolved_at IS NOT NULL AND k.payload = ANY (line_payload)) THEN
        lost_runs := ARRAY(SELECT CASE WHEN c.n = ANY (late) THEN coalesce(c.run, '') END FROM unnest(chunk_run) WITH ORDINALITY AS c(run, n) ORDER BY c.n);
        -- Null: to be recorded. r resolved, l late, g a forgotten grab, f a forgotten fund, which is recorded and ends the run.
        aside := ARRAY(SELECT CASE
                WHEN EXISTS (SELECT FROM parked k WHERE k.payload = l.payload AND k.resolved_at IS NOT NULL) THEN 'r'
                WHEN NOT l.chunk = ANY (late) OR EXISTS (SELECT FROM packets p JOIN transfers t ON t.packet = p.number
                    WHERE p.packet_id = packet_ids[l.packet] AND t.kind = l.kind AND t.ordinal = l.ordinal) THEN NULL
                WHEN NOT chunk_forgotten[l.chunk] OR l.kind = 3 THEN 'l' WHEN l.kind = 1 THEN 'f' ELSE 'g' END
            FROM unnest(line_chunk, line_packet, line_kind, line_ordinal, line_payload) WITH ORDINALITY AS l(chunk, packet, kind, ordinal, payload, n) ORDER BY l.n);
        IF 'g' = ANY (aside) THEN
            PERFORM pg_temp.set_aside(now_ms, 'conflict', chunk_shard, chunk_seq, chunk_published, chunk_trace, packet_ids,
                line_chunk, line_packet, line_kind, line_ordinal, line_user, line_fen, line_payload,
                ARRAY(SELECT CASE WHEN u.letter = 'g' THEN why_forgotten ELSE '' END FROM unnest(aside) WITH ORDINALITY AS u(letter, n) ORDER BY u.n),
                lost_runs);
        END IF;
        UPDATE shards s SET run = '' FROM unnest(aside, line_chunk) AS u(letter, chunk) WHERE u.letter = 'f' AND s.shard = chunk_shard[u.chunk];

        kept := ARRAY(SELECT u.n::int FROM unnest(aside) WITH ORDINALITY AS u(letter, n) WHERE coalesce(u.letter, 'f') = 'f' ORDER BY u.n);
        SELECT coalesce(array_agg(line_chunk[i] ORDER BY i), '{}'), coalesce(array_agg(line_packet[i] ORDER BY i), '{}'), coalesce(array_agg(line_kind[i] ORDER BY i), '{}'),
            coalesce(array_agg(line_ordinal[i] ORDER BY i), '{}'), coalesce(array_agg(line_debit[i] ORDER BY i), '{}'), coalesce(array_agg(line_credit[i] ORDER BY i), '{}'),
            coalesce(array_agg(line_fen[i] ORDER BY i), '{}'), coalesce(array_agg(line_at[i] ORDER BY i), '{}'), coalesce(array_agg(line_user[i] ORDER BY i), '{}'),
            coalesce(array_agg(line_terms[i] ORDER BY i), '{}'), coalesce(array_agg(line_payload[i] ORDER BY i), '{}'), coalesce(array_agg(is_first ORDER BY i), '{}'), count(*)
        INTO line_chunk, line_packet, line_kind, line_ordinal, line_debit, line_credit, line_fen, line_at, line_user, line_terms, line_payload, line_first, lines
        FROM (SELECT i, row_number() OVER (PARTITION BY line_packet[i], line_kind[i], line_ordinal[i] ORDER BY i) = 1 AS is_first FROM unnest(kept) AS i) AS k;
        packets_kept := ARRAY(SELECT DISTINCT packet FROM unnest(line_packet) AS l(packet));
    END IF;

    INSERT INTO packets (packet_id, shard) SELECT p.id, p.shard FROM unnest(packet_ids, packet_shard) WITH ORDINALITY AS p(id, shard, n)
    WHERE (packets_kept IS NULL OR p.n = ANY (packets_kept)) AND NOT EXISTS (SELECT FROM packets k WHERE k.packet_id = p.id) ON CONFLICT (packet_id) DO NOTHING;
    INSERT INTO accounts (code, kind, user_check, debits, credits)
    SELECT a.code, a.kind, a.user_check, 0, 0 FROM unnest(account_codes, account_kind, account_check) AS a(code, kind, user_check)
    WHERE NOT EXISTS (SELECT FROM accounts k WHERE k.code = a.code) ON CONFLICT (code) DO NOTHING;
    packets_at := ARRAY(SELECT k.number FROM unnest(packet_ids) WITH ORDINALITY AS p(id, n) LEFT JOIN packets k ON k.packet_id = p.id ORDER BY p.n);
    accounts_at := ARRAY(SELECT k.id FROM unnest(account_codes) WITH ORDINALITY AS a(code, n) JOIN accounts k ON k.code = a.code ORDER BY a.n);
    recordings_at := ARRAY(SELECT nextval(pg_get_serial_sequence('recordings', 'id')) FROM generate_subscripts(chunk_shard, 1));

    -- The conflict clause is for whoever writes by hand: among recordings nothing comes between the look and the insert.
    INSERT INTO transfers (packet, kind, ordinal, debit_account, credit_account, amount_fen, granted_at, recording)
    SELECT packets_at[l.packet], l.kind, l.ordinal, accounts_at[l.debit], accounts_at[l.credit], l.fen, l.at, recordings_at[l.chunk]
    FROM unnest(line_chunk, line_packet, line_kind, line_ordinal, line_debit, line_credit, line_fen, line_at, line_first) WITH ORDINALITY
        AS l(chunk, packet, kind, ordinal, debit, credit, fen, at, is_first, n)
    WHERE l.is_first AND NOT EXISTS (
        SELECT FROM transfers t WHERE t.packet = packets_at[l.packet] AND t.kind = l.kind AND t.ordinal = l.ordinal)
    ORDER BY l.n ON CONFLICT (packet, kind, ordinal) DO NOTHING;
    GET DIAGNOSTICS added = ROW_COUNT;

    -- Totals change for the rows that went in, and for no other.
    recordings_used := ARRAY(SELECT DISTINCT t.recording FROM transfers t WHERE t.id > last_before AND t.recording = ANY (recordings_at));
    UPDATE accounts a SET debits = a.debits + s.debits, credits = a.credits + s.credits
    FROM (SELECT side.account, sum(side.debit)::bigint AS debits, sum(side.credit)::bigint AS credits
          FROM (SELECT t.debit_account, t.amount_fen, 0 FROM transfers t WHERE t.id > last_before AND t.recording = ANY (recordings_used)
                UNION ALL
                SELECT t.credit_account, 0, t.amount_fen FROM transfers t WHERE t.id > last_before AND t.recording = ANY (recordings_used)) AS side(account, debit, credit)
          GROUP BY side.account ORDER BY side.account) AS s
    WHERE a.id = s.account;
    UPDATE packets p SET terms = l.terms
    FROM unnest(line_chunk, line_packet, line_kind, line_ordinal, line_first, line_terms) AS l(chunk, packet, kind, ordinal, is_first, terms)
    JOIN transfers t ON t.packet = packets_at[l.packet] AND t.kind = 1 AND t.ordinal = l.ordinal AND t.recording = recordings_at[l.chunk]
    WHERE l.kind = 1 AND l.is_first AND p.number = t.packet;
    INSERT INTO recordings (id, recorded_at, published_at, traceparent)
    SELECT c.id, now_ms, c.published, c.trace FROM unnest(recordings_at, chunk_published, chunk_trace) AS c(id, published, trace)
    WHERE c.id = ANY (recordings_used);

    IF cardinality(unread_chunk) > 0 THEN
        PERFORM pg_temp.set_aside(now_ms, 'unreadable', chunk_shard, chunk_seq, chunk_published, chunk_trace, packet_ids,
            unread_chunk, NULL, NULL, NULL, NULL, NULL, unread_payload, unread_detail, NULL);
    END IF;

    outcomes := repeat('i', lines);
    IF added < lines THEN
        -- Null: went in just now. Empty: stands, and is the same in every field. Else what differs, in words.
        details := ARRAY(
            SELECT CASE WHEN l.is_first AND t.recording = recordings_at[l.chunk] THEN NULL ELSE concat_ws('; ',
                CASE WHEN t.debit_account <> accounts_at[l.debit] THEN
                    format('debit account %s in the ledger, %s here', (SELECT k.code FROM accounts k WHERE k.id = t.debit_account), account_codes[l.debit]) END,
                CASE WHEN t.credit_account <> accounts_at[l.credit] THEN
                    format('credit account %s in the ledger, %s here', (SELECT k.code FROM accounts k WHERE k.id = t.credit_account), account_codes[l.credit]) END,
                CASE WHEN t.amount_fen <> l.fen THEN format('%s fen in the ledger, %s here', t.amount_fen, l.fen) END,
                CASE WHEN t.granted_at <> l.at THEN format('granted at %s in the ledger, %s here', t.granted_at, l.at) END,
                CASE WHEN l.kind = 1 AND p.terms IS DISTINCT FROM l.terms THEN 'other terms in the ledger than here' END) END
            FROM unnest(line_chunk, line_packet, line_kind, line_ordinal, line_debit, line_credit, line_fen, line_at, line_first, line_terms) WITH ORDINALITY
                AS l(chunk, packet, kind, ordinal, debit, credit, fen, at, is_first, terms, n)
            JOIN transfers t ON t.packet = packets_at[l.packet] AND t.kind = l.kind AND t.ordinal = l.ordinal
            JOIN packets p ON p.number = t.packet
            ORDER BY l.n);
        IF cardinality(details) <> lines THEN
            RAISE EXCEPTION '% of % lines were not added and do not stand', lines - cardinality(details), lines;
        END IF;
        outcomes := (SELECT string_agg(CASE WHEN d.detail IS NULL THEN 'i' WHEN d.detail = '' THEN 'd' ELSE 'p' END, '' ORDER BY d.n)
            FROM unnest(details) WITH ORDINALITY AS d(detail, n));
        IF strpos(outcomes, 'p') > 0 THEN
            PERFORM pg_temp.set_aside(now_ms, 'conflict', chunk_shard, chunk_seq, chunk_published, chunk_trace, packet_ids,
                line_chunk, line_packet, line_kind, line_ordinal, line_user, line_fen, line_payload, details, lost_runs);
        END IF;
    END IF;

    -- What was parked once and is recorded now is no longer parked. Nearly always there is nothing.
    IF EXISTS (SELECT FROM parked WHERE resolved_at IS NULL) THEN
        DELETE FROM parked k USING unnest(line_payload, details) AS l(payload, detail)
        WHERE k.payload = l.payload AND k.resolved_at IS NULL AND coalesce(l.detail, '') = '';
    END IF;
    PERFORM pg_temp.raise_seq(chunk_shard, chunk_seq);
    IF aside IS NOT NULL THEN
        outcomes := (SELECT string_agg(CASE r.letter WHEN 'l' THEN 'l' WHEN 'r' THEN 'p' WHEN 'g' THEN 'p' ELSE substr(outcomes, r.place, 1) END, '' ORDER BY r.n)
            FROM (SELECT u.n, u.letter, count(*) FILTER (WHERE coalesce(u.letter, 'f') = 'f') OVER (ORDER BY u.n)::int AS place
                  FROM unnest(aside) WITH ORDINALITY AS u(letter, n)) AS r);
    END IF;
    RETURN coalesce(outcomes, '');
END $$;
