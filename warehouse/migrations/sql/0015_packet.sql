-- name: packet
-- purpose: which place a packet speaks of, and what it replaces there
SET LOCAL ROLE hub_owner;

-- place: kind and what the packet is about (form, agency, period …); a place's packets follow
-- each other. replaces: receipt number of the packet that this one takes the place of.
ALTER TABLE ledger.packet
ADD COLUMN place text COLLATE "C" NOT NULL DEFAULT '',
ADD COLUMN replaces text COLLATE "C" NOT NULL DEFAULT '';

-- One packet of a place is under way at a time, whoever makes it.
CREATE UNIQUE INDEX packet_open ON ledger.packet (place)
WHERE state IN ('ready', 'failed') AND place <> '';
CREATE INDEX packet_place ON ledger.packet (place, packet_id DESC);

-- A receipt number belongs to one packet.
CREATE UNIQUE INDEX packet_receipt ON ledger.packet ((receipt ->> 'number'))
WHERE state = 'acknowledged';
RESET ROLE;
