using System.Buffers.Binary;

namespace Platform.Modeling;

/// <summary>
/// Writes the machine code of <see cref="DotCode"/> and <see cref="ProductKernel"/>: the few x64 instructions that they
/// need, on 512-bit registers, in the encodings of Intel's Software Developer's Manual, volume 2.
/// </summary>
internal sealed class Assembler
{
    // Opcode maps and obligatory prefixes of EVEX.
    private const int Map0F = 1;
    private const int Map0F38 = 2;
    private const int Map0F3A = 3;
    private const int NoPrefix = 0;
    private const int Prefix66 = 1;
    private const int PrefixF3 = 2;

    private readonly List<byte> _code = [];

    // Of vectors, as the prefix has it.
    private enum Length
    {
        Bits256 = 1,
        Bits512 = 2,
    }

    /// <summary>General registers by their numbers.</summary>
    public enum Register
    {
        Rax = 0,
        Rcx = 1,
        Rdx = 2,
        Rsi = 6,
        Rdi = 7,
        R8 = 8,
        R9 = 9,
        R10 = 10,
        R11 = 11,
    }

    /// <summary>What was written so far.</summary>
    public ReadOnlySpan<byte> Code => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_code);

    /// <summary>The place that a jump may go to.</summary>
    public int Here => _code.Count;

    /// <summary>VPXORD: a vector becomes zeros.</summary>
    public void Zero(int vector) => Evex(Map0F, Prefix66, 0xEF, vector, vector, vector);

    /// <summary>VMOVUPS: 64 bytes of memory to a vector.</summary>
    public void Load(int vector, Memory from) => Evex(Map0F, NoPrefix, 0x10, vector, 0, from);

    /// <summary>VMOVUPS: a vector to memory.</summary>
    public void Store(Memory to, int vector) => Evex(Map0F, NoPrefix, 0x11, vector, 0, to);

    /// <summary>VMOVUPS: a vector's lower half to 32 bytes of memory.</summary>
    public void StoreHalf(Memory to, int vector) => Evex(Map0F, NoPrefix, 0x11, vector, 0, to, Length.Bits256);

    /// <summary>VBROADCASTSS: four bytes of memory to all places of a vector.</summary>
    public void Broadcast(int vector, Memory from) => Evex(Map0F38, Prefix66, 0x18, vector, 0, from);

    /// <summary>VFMADD231PS: each float of the sum grows by a product.</summary>
    public void AddProducts(int sum, int x, int y) => Evex(Map0F38, Prefix66, 0xB8, sum, x, y);

    /// <summary>VCVTNEPS2BF16: floats to bfloat16 in the lower half, in place.</summary>
    public void ToBf16(int vector) => Evex(Map0F38, PrefixF3, 0x72, vector, 0, vector);

    /// <summary>VPMOVSXBW: 32 signed bytes of memory to 16-bit integers.</summary>
    public void LoadSignedBytes(int vector, Memory from) => Evex(Map0F38, Prefix66, 0x20, vector, 0, from);

    /// <summary>VDPBF16PS: each float of the sum grows by two products of neighbouring bfloat16.</summary>
    public void AddProductsOfBf16(int sum, int x, int y) => Evex(Map0F38, PrefixF3, 0x52, sum, x, y);

    /// <summary>
    /// VPDPWSSD: each 32-bit integer of the sum grows by two products of neighbouring 16-bit integers.
    /// </summary>
    public void AddProductsOfInt16(int sum, int x, int y) => Evex(Map0F38, Prefix66, 0x52, sum, x, y);

    /// <summary>VCVTDQ2PS: 32-bit integers to floats, in place.</summary>
    public void ToFloats(int vector) => Evex(Map0F, NoPrefix, 0x5B, vector, 0, vector);

    /// <summary>VADDPS: sums of floats.</summary>
    public void AddFloats(int sum, int x, int y) => Evex(Map0F, NoPrefix, 0x58, sum, x, y);

    /// <summary>VSHUFF32X4: two quarters of one vector, then two of another, chosen by two bits each.</summary>
    public void ShuffleQuarters(int to, int x, int y, byte choice)
    {
        Evex(Map0F3A, Prefix66, 0x23, to, x, y);
        _code.Add(choice);
    }

    /// <summary>VSHUFPS: the same with the floats within each quarter.</summary>
    public void ShuffleFloats(int to, int x, int y, byte choice)
    {
        Evex(Map0F, NoPrefix, 0xC6, to, x, y);
        _code.Add(choice);
    }

    /// <summary>VUNPCKLPS: in each quarter the first two floats of one vector, in turn with those of another.</summary>
    public void InterleaveLow(int to, int x, int y) => Evex(Map0F, NoPrefix, 0x14, to, x, y);

    /// <summary>
    /// PREFETCHT1: memory that will be read later, to the second cache: the first has no room for it.
    /// </summary>
    public void PrefetchLater(Memory at)
    {
        _code.AddRange([(byte)(0x40 | (High(at.Index) << 1) | High(at.Base)), 0x0F, 0x18]);
        Operand(2, at);
    }

    /// <summary>LEA: an address to a register.</summary>
    public void Address(Register register, Memory of)
    {
        _code.AddRange([(byte)(0x48 | (High(register) << 2) | (High(of.Index) << 1) | High(of.Base)), 0x8D]);
        Operand((int)register & 7, of);
    }

    /// <summary>MOV: the n-th argument that lies on the stack, from 0, to a register; at a function's start.</summary>
    public void LoadStackArgument(Register register, int number)
    {
        _code.AddRange([(byte)(0x48 | (High(register) << 2)), 0x8B, (byte)(0x84 | (((int)register & 7) << 3)), 0x24]);
        Number(8 * (number + 1));
    }

    /// <summary>ADD of a register.</summary>
    public void Add(Register register, Register other) => _code.AddRange(
    [
        (byte)(0x48 | (High(other) << 2) | High(register)), 0x01,
        (byte)(0xC0 | (((int)other & 7) << 3) | ((int)register & 7)),
    ]);

    /// <summary>ADD of a number.</summary>
    public void Add(Register register, int value) => Immediate(0xC0, register, value);

    /// <summary>SUB of a number, after which <see cref="JumpUnlessZero"/> can ask.</summary>
    public void Subtract(Register register, int value) => Immediate(0xE8, register, value);

    /// <summary>JNZ.</summary>
    public void JumpUnlessZero(int target)
    {
        _code.AddRange([0x0F, 0x85]);
        Number(target - (_code.Count + sizeof(int)));
    }

    /// <summary>VZEROUPPER and RET.</summary>
    public void Return() => _code.AddRange([0xC5, 0xF8, 0x77, 0xC3]);

    private static int High(Register? register) => register is { } number ? (int)number >> 3 : 0;

    private void Immediate(int operation, Register register, int value)
    {
        _code.AddRange([(byte)(0x48 | High(register)), 0x81, (byte)(operation | ((int)register & 7))]);
        Number(value);
    }

    private void Evex(int map, int prefix, byte opcode, int register, int second, int third)
    {
        Prefix(map, prefix, register, second, third >> 3, third >> 4);
        _code.AddRange([opcode, (byte)(0xC0 | ((register & 7) << 3) | (third & 7))]);
    }

    private void Evex(
        int map, int prefix, byte opcode, int register, int second, Memory memory, Length length = Length.Bits512)
    {
        Prefix(map, prefix, register, second, High(memory.Base), High(memory.Index), length);
        _code.Add(opcode);
        Operand(register & 7, memory);
    }

    // The four bytes of the prefix: upper bits of registers are kept inverted; W0, no mask.
    private void Prefix(
        int map, int prefix, int register, int second, int b, int x, Length length = Length.Bits512)
    {
        static int Not(int bit) => ~bit & 1;
        _code.AddRange(
        [
            0x62,
            (byte)((Not(register >> 3) << 7) | (Not(x) << 6) | (Not(b) << 5) | (Not(register >> 4) << 4) | map),
            (byte)(((~second & 15) << 3) | 4 | prefix),
            (byte)(((int)length << 5) | (Not(second >> 4) << 3)),
        ]);
    }

    // ModRM, SIB where there is an index, and an offset of 32 bits.
    private void Operand(int register, Memory memory)
    {
        const int WithOffset = 0x80;
        const int WithIndex = 4;
        if (memory.Index is { } index)
        {
            _code.Add((byte)(WithOffset | (register << 3) | WithIndex));
            _code.Add((byte)(((memory.Twice ? 1 : 0) << 6) | (((int)index & 7) << 3) | ((int)memory.Base & 7)));
        }
        else
        {
            _code.Add((byte)(WithOffset | (register << 3) | ((int)memory.Base & 7)));
        }

        Number(memory.Offset);
    }

    private void Number(int value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        _code.AddRange(bytes);
    }

    /// <summary>A place in memory: the base, plus the index once or twice, plus the offset.</summary>
    /// <param name="Base">A register.</param>
    /// <param name="Index">A register or none.</param>
    /// <param name="Twice">Whether the index counts twice.</param>
    /// <param name="Offset">Bytes.</param>
    public readonly record struct Memory(
        Register Base, Register? Index = null, bool Twice = false, int Offset = 0);
}
