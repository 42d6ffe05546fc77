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
    /// One share of so many is followed to the ledger, and one request of so many goes to the collector. With 0 only those
    /// whose caller asks for it, by the flag in <c>traceparent</c>.
    /// </summary>
    [Range(0, int.MaxValue)]
    public int OneIn { get; set; } = 1000;

    /// <summary>True for one trace of so many. Each process chooses the same ones.</summary>
    public bool Choose(ActivityTraceId traceId)
    {
        Span<byte> bytes = stackalloc byte[16];
        traceId.CopyTo(bytes);
        return OneIn > 0 && BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]) % (ulong)OneIn == 0;
    }
}
