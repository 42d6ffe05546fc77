using System.Buffers.Binary;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics;
using RedPacket.Hosting;

namespace RedPacket.Packets.Traces;

/// <summary>Section <c>Traces</c>.</summary>
[Section("Traces")]
internal sealed class TracesOptions
{
    /// <summary>
    /// One request in this many is recorded, and its share is followed to the ledger. With 0 only those whose caller asks
    /// for it, by the flag of <c>traceparent</c>.
    /// </summary>
    [Range(0, int.MaxValue)]
    public int OneIn { get; set; } = 1000;

    /// <summary>
    /// Shares that a process follows in a second, at most. Each adds 200 bytes to its packet and 100 bytes to the
    /// ledger, also when callers ask for it.
    /// With 0 none is followed.
    /// </summary>
    [Range(0, 10_000)]
    public int MostPerSecond { get; set; } = 100;

    /// <summary>True for one trace in this many. Each process chooses the same ones.</summary>
    public bool Choose(ActivityTraceId traceId)
    {
        Span<byte> bytes = stackalloc byte[16];
        traceId.CopyTo(bytes);
        return OneIn > 0 && BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]) % (ulong)OneIn == 0;
    }
}
