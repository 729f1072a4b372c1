/* Puts schema.sql into the program as the text `store_schema`, schema-2.sql, what leads from version
 * 1 to version 2, as `store_schema_2`, and so on. */
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
    .global store_schema_3
    .hidden store_schema_3
    .type store_schema_3, %object
store_schema_3:
    .incbin "src/store/schema-3.sql"
    .byte 0
    .size store_schema_3, . - store_schema_3
    .global store_schema_4
    .hidden store_schema_4
    .type store_schema_4, %object
store_schema_4:
    .incbin "src/store/schema-4.sql"
    .byte 0
    .size store_schema_4, . - store_schema_4
    .global store_schema_5
    .hidden store_schema_5
    .type store_schema_5, %object
store_schema_5:
    .incbin "src/store/schema-5.sql"
    .byte 0
    .size store_schema_5, . - store_schema_5
    .global store_schema_6
    .hidden store_schema_6
    .type store_schema_6, %object
store_schema_6:
    .incbin "src/store/schema-6.sql"
    .byte 0
    .size store_schema_6, . - store_schema_6
    .section .note.GNU-stack, "", %progbits
