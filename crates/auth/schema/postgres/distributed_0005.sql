-- The same for what version 5 adds.

SELECT create_distributed_table('printed_cards', 'lane', colocate_with => 'tokens');
SELECT create_distributed_table('handed_over', 'lane', colocate_with => 'tokens');
