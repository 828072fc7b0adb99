# Every kernel file of this folder, for both compilers.
set(KVFOOT_CUDA_KERNELS
    argmax.cu attention.cu attention_decode_mma.cu attention_decode_plain.cu attention_prefill_mma.cu
    attention_prefill_plain.cu attention_prefill_wgmma.cu gemv.cu gemv_plain.cu logit_sort.cu mass.cu
    mass_accumulate_mma.cu mass_blocks.cu mass_blocks_mma.cu mass_blocks_plain.cu mass_plain.cu
    mass_scores_mma.cu pages.cu random.cu rows.cu sample.cu)
list(TRANSFORM KVFOOT_CUDA_KERNELS PREPEND "${CMAKE_CURRENT_LIST_DIR}/")
