/* Puts page.css and page.js into the program as the texts `page_style` and `page_script`. */
    .section .rodata
    .global page_style
    .hidden page_style
    .type page_style, %object
page_style:
    .incbin "src/report/page.css"
    .byte 0
    .size page_style, . - page_style
    .global page_script
    .hidden page_script
    .type page_script, %object
page_script:
    .incbin "src/report/page.js"
    .byte 0
    .size page_script, . - page_script
    .section .note.GNU-stack, "", %progbits
