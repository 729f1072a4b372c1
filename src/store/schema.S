/* Puts schema.sql into the program as the text `store_schema`. */
    .section .rodata
    .global store_schema
    .hidden store_schema
    .type store_schema, %object
store_schema:
    .incbin "src/store/schema.sql"
    .byte 0
    .size store_schema, . - store_schema
    .section .note.GNU-stack, "", %progbits
