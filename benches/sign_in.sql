-- The same rows as a full sign-in of ours, in bare SQL, one statement a round trip: asking, taking
-- the answer's place, judging it. `lanes` is 256, or 1 for what a single head would give.
\set n :n + 1
\set holder :client_id * 100000 + :n / 24
\set position :n % 24 + 1
\set lane :holder % :lanes
\set id random(1, 1000000000000000)
BEGIN;
SELECT COALESCE(seq, 0) + 1 AS seq FROM audit_head WHERE lane = :lane FOR UPDATE \gset
SELECT failures, not_before, asked FROM attempts WHERE lane = :lane AND holder = 'h' || :holder;
SELECT t.serial, t.issued, t.expires, t.key_id, t.code_format, s.state FROM tokens t JOIN states s USING (lane, holder, serial) WHERE t.lane = :lane AND t.holder = 'h' || :holder;
SELECT position FROM uses WHERE lane = :lane AND holder = 'h' || :holder;
SELECT slot, position FROM drawn WHERE lane = :lane AND holder = 'h' || :holder;
INSERT INTO challenges VALUES (:lane, 'c' || :id, 'h' || :holder, 'h' || :holder, :position, 0, 4102444800000, 0);
INSERT INTO drawn VALUES (:lane, 'h' || :holder, 'h' || :holder, 1, :position, 0);
INSERT INTO attempts VALUES (:lane, 'h' || :holder, 'h' || :holder, 0, 0, 1, NULL, NULL) ON CONFLICT (lane, holder) DO UPDATE SET asked = attempts.asked + 1;
INSERT INTO audit VALUES (:lane, :seq, 0, 'bench', 'challenged', 'ref', 'h' || :holder, :position, '', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa');
UPDATE audit_head SET seq = :seq, hash = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' WHERE lane = :lane;
COMMIT;
BEGIN;
SELECT seq FROM audit_head WHERE lane = :lane FOR UPDATE;
SELECT holder, serial, position, expires_at, slips FROM challenges WHERE lane = :lane AND id = 'c' || :id;
SELECT hash FROM codes WHERE lane = :lane AND holder = 'h' || :holder AND serial = 'h' || :holder AND position = :position;
INSERT INTO guesses VALUES (:lane, 'h' || :holder, 1, 0);
COMMIT;
BEGIN;
SELECT seq + 1 AS seq FROM audit_head WHERE lane = :lane FOR UPDATE \gset
SELECT holder, serial, position, expires_at, slips FROM challenges WHERE lane = :lane AND id = 'c' || :id;
SELECT t.serial, t.expires, s.state FROM tokens t JOIN states s USING (lane, holder, serial) WHERE t.lane = :lane AND t.holder = 'h' || :holder;
INSERT INTO uses VALUES (:lane, 'h' || :holder, 'h' || :holder, :position, 0);
DELETE FROM drawn WHERE lane = :lane AND holder = 'h' || :holder AND serial = 'h' || :holder AND position = :position;
DELETE FROM challenges WHERE lane = :lane AND holder = 'h' || :holder AND serial = 'h' || :holder AND position = :position;
DELETE FROM guesses WHERE lane = :lane AND holder = 'h' || :holder;
INSERT INTO attempts VALUES (:lane, 'h' || :holder, 'h' || :holder, 0, 0, 0, :position, 0) ON CONFLICT (lane, holder) DO UPDATE SET failures = 0, asked = 0, last_position = :position, last_used = 0;
INSERT INTO audit VALUES (:lane, :seq, 0, 'bench', 'accepted', 'ref', 'h' || :holder, :position, '', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa');
UPDATE audit_head SET seq = :seq, hash = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' WHERE lane = :lane;
COMMIT;
