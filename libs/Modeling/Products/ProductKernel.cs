using System.Collections.Concurrent;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using static Platform.Modeling.Assembler;
using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>
/// The innermost loop of a matrix product: 8 × 48 or 8 × 32 sums that stay in registers over any number of steps. It is
/// machine code, written at the first use: .NET 10 has no function for VDPBF16PS, and but for that one instruction the
/// loops for fp32 and for bf16 are the same.
/// </summary>
/// <remarks>
/// A step takes 32 bits of each row and of each column: one number, or two in bf16. Zen 4 and Intel's cores alike
/// multiply one 512-bit vector a cycle; 24 multiplications beside 11 loads leave the loads out of account.
/// </remarks>
internal static unsafe class ProductKernel
{
    /// <summary>Rows of the tile.</summary>
    public const int Rows = 8;

    /// <summary>Columns of the tile.</summary>
    public const int Columns = 48;

    /// <summary>Columns of a tile for products as narrow as an attention's head.</summary>
    public const int NarrowColumns = 32;

    private const int Lanes = 16;

    private static readonly ConcurrentDictionary<Variant, nint> Loaded = new();

    /// <summary>Whether this machine can run it.</summary>
    public static bool IsSupported(ScalarType type) =>
        Address(type) != 0 && (type == ScalarType.Float32 || Address(type, rounds: true) != 0);

    /// <summary>
    /// Its address; 0 where it is not supported. Arguments: rows' numbers; columns' numbers, [steps][columns]; steps,
    /// at least one; receives [8][columns] sums; memory that will soon be read, and bytes in it from a step to the
    /// next; bytes from a row to the next.
    /// </summary>
    /// <param name="type">Of the numbers.</param>
    /// <param name="rounds">Whether the sums arrive rounded to bf16; else in fp32.</param>
    /// <param name="inPlace">Whether rows' numbers lie in rows, each row's side by side; else [steps][8].</param>
    /// <param name="columns"><see cref="Columns"/> or <see cref="NarrowColumns"/>.</param>
    public static nint Address(
        ScalarType type, bool rounds = false, bool inPlace = false, int columns = Columns) =>
        Loaded.GetOrAdd(new Variant(type, rounds, inPlace, columns / Lanes), Load);

    private static bool HasInstructions(ScalarType type)
    {
        if (!Vector512.IsHardwareAccelerated || !Avx512F.IsSupported || !CodeMemory.IsSupported)
            return false;
        return type == ScalarType.Float32
            || (X86Base.CpuId(7, 0).Eax >= 1 && (X86Base.CpuId(7, 1).Eax & (1 << 5)) != 0); // AVX512_BF16
    }

    private static nint Load(Variant variant)
    {
        // A hardened system may refuse; libtorch's products do then.
        return HasInstructions(variant.Type) && CodeMemory.TryLoad(Write(variant)) is [var address] ? address : 0;
    }

    // The arguments in System V's order.
    private static byte[] Write(Variant variant)
    {
        var (type, rounds, inPlace, vectors) = variant;
        // Registers: the sums from 0 on, then the columns' numbers, then rows' numbers, each in all lanes.
        var firstColumn = Rows * vectors;
        var firstRow = firstColumn + vectors;
        var rowRegisters = Math.Min(Rows, 32 - firstRow);
        const Register Left = Register.Rdi;
        const Register Right = Register.Rsi;
        const Register Steps = Register.Rdx;
        const Register Tile = Register.Rcx;
        const Register Soon = Register.R8;
        const Register SoonStep = Register.R9;
        const Register Row = Register.Rax;
        // Rows 0, 3 and 6; an address reaches two rows further.
        Register[] threes = [Left, Register.R10, Register.R11];
        var code = new Assembler();
        if (inPlace)
        {
            code.LoadStackArgument(Row, 0);
            for (var three = 1; three < threes.Length; three++)
            {
                code.Address(threes[three], new Memory(threes[three - 1], Row, Twice: true));
                code.Add(threes[three], Row);
            }
        }

        for (var sum = 0; sum < firstColumn; sum++)
            code.Zero(sum);
        var loop = code.Here;
        for (var vector = 0; vector < vectors; vector++)
            code.Load(firstColumn + vector, new Memory(Right, Offset: vector * 64));
        code.PrefetchLater(new Memory(Soon));
        for (var row = 0; row < Rows; row++)
        {
            var value = firstRow + (row % rowRegisters);
            code.Broadcast(value, inPlace
                ? new Memory(threes[row / 3], row % 3 == 0 ? null : Row, Twice: row % 3 == 2)
                : new Memory(Left, Offset: row * 4));
            for (var vector = 0; vector < vectors; vector++)
            {
                var (sum, column) = ((row * vectors) + vector, firstColumn + vector);
                if (type == ScalarType.BFloat16)
                    code.AddProductsOfBf16(sum, column, value);
                else
                    code.AddProducts(sum, column, value);
            }
        }

        foreach (var rows in inPlace ? threes : [Left])
            code.Add(rows, inPlace ? 4 : Rows * 4);
        code.Add(Right, vectors * Lanes * 4);
        code.Add(Soon, SoonStep);
        code.Subtract(Steps, 1);
        code.JumpUnlessZero(loop);
        for (var sum = 0; sum < firstColumn; sum++)
        {
            if (rounds)
            {
                code.ToBf16(sum);
                code.StoreHalf(new Memory(Tile, Offset: sum * 32), sum);
            }
            else
            {
                code.Store(new Memory(Tile, Offset: sum * 64), sum);
            }
        }

        code.Return();
        return code.Code.ToArray();
    }

    private readonly record struct Variant(ScalarType Type, bool Rounds, bool InPlace, int Vectors);
}
