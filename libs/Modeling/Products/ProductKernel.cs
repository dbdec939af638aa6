using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>
/// The innermost loop of a matrix product: 8 × 48 sums that stay in registers over any number of steps. It is machine
/// code, written at the first use: .NET 10 has no function for VDPBF16PS, and but for that one instruction the loops
/// for fp32 and for bf16 are the same.
/// </summary>
/// <remarks>
/// A step takes 32 bits of each row and of each column: one number, or two in bf16. Zen 4 and Intel's cores alike
/// multiply one 512-bit vector a cycle; 24 multiplications beside 11 loads leave the loads out of account.
/// </remarks>
internal static unsafe class ProductKernel
{
    /// <summary>Rows of the tile.</summary>
    public const int Rows = 8;

    /// <summary>Columns of the tile: three vectors.</summary>
    public const int Columns = Vectors * 16;

    private const int Vectors = 3;

    // Registers: 0 … 23 are the sums, 24 … 26 the columns' numbers, from 27 on a row's number in all lanes.
    private const int FirstColumn = Rows * Vectors;
    private const int FirstRow = FirstColumn + Vectors;
    private const int RowRegisters = 32 - FirstRow;

    // System V's arguments.
    private const int LeftPointer = 7; // rdi
    private const int RightPointer = 6; // rsi
    private const int TilePointer = 1; // rcx

    private static readonly Lazy<nint> Single = new(() => Load(ScalarType.Float32, rounds: false));
    private static readonly Lazy<nint> Brain = new(() => Load(ScalarType.BFloat16, rounds: false));
    private static readonly Lazy<nint> Rounding = new(() => Load(ScalarType.BFloat16, rounds: true));

    // Bits of a vector: 128 times two to the power of.
    private enum Length
    {
        L256 = 1,
        L512 = 2,
    }

    private enum Prefix : byte
    {
        None = 0,
        P66 = 1,
        PF3 = 2,
    }

    private enum Map : byte
    {
        M0F = 1,
        M0F38 = 2,
    }

    /// <summary>Whether this machine can run it.</summary>
    public static bool IsSupported(ScalarType type) =>
        Address(type) != 0 && (type == ScalarType.Float32 || RoundingAddress != 0);

    /// <summary>As <see cref="Address"/>, for bf16; but the sums arrive rounded to bf16.</summary>
    public static nint RoundingAddress => Rounding.Value;

    /// <summary>Its address; 0 where it is not supported. Arguments: rows' numbers, [steps][8]; columns' numbers,
    /// [steps][48]; steps, at least one; receives [8][48] sums.</summary>
    public static nint Address(ScalarType type) => type == ScalarType.BFloat16 ? Brain.Value : Single.Value;

    private static bool HasInstructions(ScalarType type)
    {
        if (!Vector512.IsHardwareAccelerated || !Avx512F.IsSupported || !OperatingSystem.IsLinux()
            || RuntimeInformation.ProcessArchitecture != Architecture.X64)
            return false;
        return type == ScalarType.Float32
            || (X86Base.CpuId(7, 0).Eax >= 1 && (X86Base.CpuId(7, 1).Eax & (1 << 5)) != 0); // AVX512_BF16
    }

    private static nint Load(ScalarType type, bool rounds)
    {
        const int ReadWrite = 3;
        const int ReadExecute = 5;
        const int PrivateAnonymous = 0x22;
        if (!HasInstructions(type))
            return 0;
        var code = Write(type, rounds);
        var memory = mmap(0, (nuint)code.Length, ReadWrite, PrivateAnonymous, -1, 0);
        if (memory == -1)
            return 0;
        Marshal.Copy(code, 0, memory, code.Length);
        // A hardened system may refuse; libtorch's products do then.
        return mprotect(memory, (nuint)code.Length, ReadExecute) == 0 ? memory : 0;
    }

    private static byte[] Write(ScalarType type, bool rounds)
    {
        var code = new List<byte>();
        for (var sum = 0; sum < FirstColumn; sum++)
            Registers(code, Map.M0F, Prefix.P66, 0xEF, sum, sum, sum); // vpxord
        var loop = code.Count;
        for (var vector = 0; vector < Vectors; vector++)
            Memory(code, Map.M0F, Prefix.None, 0x10, FirstColumn + vector, RightPointer, vector * 64); // vmovups
        for (var row = 0; row < Rows; row++)
        {
            var value = FirstRow + (row % RowRegisters);
            Memory(code, Map.M0F38, Prefix.P66, 0x18, value, LeftPointer, row * 4); // vbroadcastss
            for (var vector = 0; vector < Vectors; vector++)
            {
                var (sum, column) = ((row * Vectors) + vector, FirstColumn + vector);
                if (type == ScalarType.BFloat16)
                    Registers(code, Map.M0F38, Prefix.PF3, 0x52, sum, column, value); // vdpbf16ps
                else
                    Registers(code, Map.M0F38, Prefix.P66, 0xB8, sum, column, value); // vfmadd231ps
            }
        }

        code.AddRange([0x48, 0x81, 0xC6, .. BitConverter.GetBytes(Columns * 4)]); // add rsi, 192
        code.AddRange([0x48, 0x81, 0xC7, .. BitConverter.GetBytes(Rows * 4)]); // add rdi, 32
        code.AddRange([0x48, 0xFF, 0xCA]); // dec rdx
        code.AddRange([0x0F, 0x85, .. BitConverter.GetBytes(loop - (code.Count + 6))]); // jnz loop
        for (var sum = 0; sum < FirstColumn; sum++)
        {
            if (rounds)
                Registers(code, Map.M0F38, Prefix.PF3, 0x72, sum, 0, sum); // vcvtneps2bf16
            var (length, size) = rounds ? (Length.L256, 32) : (Length.L512, 64);
            Memory(code, Map.M0F, Prefix.None, 0x11, sum, TilePointer, sum * size, length); // vmovups
        }

        code.AddRange([0xC5, 0xF8, 0x77, 0xC3]); // vzeroupper; ret
        return [.. code];
    }

    // A 512-bit instruction of three registers.
    private static void Registers(
        List<byte> code, Map map, Prefix prefix, byte operation, int first, int second, int third)
    {
        Evex(code, map, prefix, Length.L512, first, second, third);
        code.AddRange([operation, (byte)(0xC0 | ((first & 7) << 3) | (third & 7))]);
    }

    // An instruction of a vector register and memory, at a pointer that is one of the first eight registers.
    private static void Memory(
        List<byte> code, Map map, Prefix prefix, byte operation, int register, int pointer, int offset,
        Length length = Length.L512)
    {
        Evex(code, map, prefix, length, register, 0, 0);
        code.AddRange([operation, (byte)(0x80 | ((register & 7) << 3) | pointer), .. BitConverter.GetBytes(offset)]);
    }

    // Intel's manual, volume 2, section 2.7: the registers' upper bits are stored inverted.
    private static void Evex(
        List<byte> code, Map map, Prefix prefix, Length length, int first, int second, int third)
    {
        static int Inverted(int register, int bit) => (~register >> bit) & 1;
        code.Add(0x62);
        code.Add((byte)((Inverted(first, 3) << 7) | (Inverted(third, 4) << 6) | (Inverted(third, 3) << 5)
            | (Inverted(first, 4) << 4) | (int)map));
        code.Add((byte)(((~second & 15) << 3) | (1 << 2) | (int)prefix));
        code.Add((byte)(((int)length << 5) | (Inverted(second, 4) << 3)));
    }

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint mmap(nint address, nuint length, int protection, int flags, int file, long offset);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int mprotect(nint address, nuint length, int protection);
}
