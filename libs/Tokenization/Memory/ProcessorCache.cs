using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Platform.Tokenization.Memory;

/// <summary>What lies all over a large memory is asked for while some before it is worked on.</summary>
internal static unsafe class ProcessorCache
{
    /// <summary>Fetches what lies at an address, which need not be memory; nothing where the processor can't.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch(void* address)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(address);
    }
}
