/* Puts schema.sql into the program as the text `store_schema`, schema-2.sql, what leads from version
 * 1 to version 2, as `store_schema_2`, and so on. */
    .macro schema name, file
    .global \name
    .hidden \name
    .type \name, %object
\name:
    .incbin "\file"
    .byte 0
    .size \name, . - \name
    .endm

    .section .rodata
    schema store_schema, src/store/schema.sql
    schema store_schema_2, src/store/schema-2.sql
    schema store_schema_3, src/store/schema-3.sql
    schema store_schema_4, src/store/schema-4.sql
    schema store_schema_5, src/store/schema-5.sql
    schema store_schema_6, src/store/schema-6.sql
    .section .note.GNU-stack, "", %progbits
