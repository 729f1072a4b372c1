/* The digits, byte for byte: optical recognition of handwritten digits, E. Alpaydin and C. Kaynak,
 * UCI Machine Learning Repository (1998), CC BY 4.0; see README.md beside this file. Paths start
 * at the repository's root, where make runs. */
    .section .rodata

    .balign 64
    .global digits_images
    .global digits_images_end
    .hidden digits_images
    .hidden digits_images_end
digits_images:
    .incbin "src/datasets/digits_images.idx"
digits_images_end:

    .balign 64
    .global digits_labels
    .global digits_labels_end
    .hidden digits_labels
    .hidden digits_labels_end
digits_labels:
    .incbin "src/datasets/digits_labels.idx"
digits_labels_end:

    .section .note.GNU-stack, "", %progbits
