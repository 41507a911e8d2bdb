-- The same for what version 6 adds.

SELECT create_distributed_table('activations', 'lane', colocate_with => 'tokens');
