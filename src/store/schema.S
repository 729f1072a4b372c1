/* Puts schema.sql into the program as the text `store_schema`, and schema-2.sql, what leads from
 * version 1 to version 2, as `store_schema_2`. */
    .section .rodata
    .global store_schema
    .hidden store_schema
    .type store_schema, %object
store_schema:
    .incbin "src/store/schema.sql"
    .byte 0
    .size store_schema, . - store_schema
    .global store_schema_2
    .hidden store_schema_2
    .type store_schema_2, %object
store_schema_2:
    .incbin "src/store/schema-2.sql"
    .byte 0
    .size store_schema_2, . - store_schema_2
    .section .note.GNU-stack, "", %progbits
