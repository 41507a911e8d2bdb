-- What lies where on Citus: run it after the schema and before anything is imported, on the
-- coordinator, as the owner of the tables, in one transaction. docs/scale.md says what was tried.
--
-- Reference tables are copied to all machines; the others lie together by their lane, so that an act
-- on a holder stays on one machine.

SELECT create_reference_table('schema_version');
SELECT create_reference_table('secrets');
SELECT create_reference_table('signers');
SELECT create_reference_table('runs');
SELECT create_reference_table('decoys');
SELECT create_distributed_table('tokens', 'lane', shard_count => 64);
SELECT create_distributed_table('codes', 'lane', colocate_with => 'tokens');
SELECT create_distributed_table('states', 'lane', colocate_with => 'tokens');
SELECT create_distributed_table('suspensions', 'lane', colocate_with => 'tokens');
SELECT create_distributed_table('locks', 'lane', colocate_with => 'tokens');
SELECT create_distributed_table('ends', 'lane', colocate_with => 'tokens');
SELECT create_distributed_table('uses', 'lane', colocate_with => 'tokens');
SELECT create_distributed_table('drawn', 'lane', colocate_with => 'tokens');
SELECT create_distributed_table('challenges', 'lane', colocate_with => 'tokens');
SELECT create_distributed_table('attempts', 'lane', colocate_with => 'tokens');
SELECT create_distributed_table('guesses', 'lane', colocate_with => 'tokens');
SELECT create_distributed_table('holders', 'lane', colocate_with => 'tokens');
SELECT create_distributed_table('audit', 'lane', colocate_with => 'tokens');
SELECT create_distributed_table('audit_head', 'lane', colocate_with => 'tokens');
SELECT create_distributed_table('loads', 'lane', colocate_with => 'tokens');
SELECT create_distributed_table('switches', 'lane', colocate_with => 'tokens');
SELECT create_distributed_table('imported', 'lane', colocate_with => 'tokens');
