-- The same for what version 7 adds.

SELECT create_distributed_table('post_requests', 'lane', colocate_with => 'tokens');
SELECT create_distributed_table('post_addresses', 'lane', colocate_with => 'tokens');
SELECT create_distributed_table('post_batches', 'lane', colocate_with => 'tokens');
SELECT create_distributed_table('post_exports', 'lane', colocate_with => 'tokens');
SELECT create_distributed_table('post_closed', 'lane', colocate_with => 'tokens');
