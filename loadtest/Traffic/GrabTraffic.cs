using System.Text;
using RedPacket.LoadTest.Engine;

namespace RedPacket.LoadTest.Traffic;

/// <summary>Grabs. A pattern chooses packets and users, and the record keeps every confirmed share.</summary>
internal sealed class GrabTraffic(
    RequestPattern pattern, PacketIds packets, Callers callers, GrabRecord record, Failures failures, string host) : RequestSource
{
    private readonly byte[] _afterId = Encoding.ASCII.GetBytes($"/grabs HTTP/1.1\r\nHost: {host}\r\n");
    private readonly byte[] _user = new byte[256];

    public override bool TryNext(out Request request)
    {
        request = pattern.Next();
        return true;
    }

    public override int Render(Request request, Span<byte> buffer)
    {
        var length = Copy("POST /api/v1/packets/"u8, buffer, 0);
        length = Copy(packets.Id(request.Packet), buffer, length);
        length = Copy(_afterId, buffer, length);
        length += callers.WriteField(request.User, buffer[length..]);
        return Copy("\r\n"u8, buffer, length);
    }

    public override Effect Answered(Request request, in HttpAnswer answer)
    {
        if (answer.Status is 503 or 429 && answer.HasRetryAfter)
            return Refused(request, answer);
        if (answer.Status != 200)
            return Failed(request, $"status {answer.Status}", answer);
        var user = _user.AsSpan(0, callers.WriteName(request.User, _user));
        if (GrabReply.Read(answer.Body, packets.Id(request.Packet), user, out var grab) is { } error)
            return Failed(request, error, answer);
        if (grab.Outcome != RequestOutcome.Won && answer.IsReplayed)
            return Failed(request, "too late, but marked as replayed", answer);
        if (grab.Outcome != RequestOutcome.Won)
            return new Effect(grab.Outcome, TimeSpan.Zero);
        if (grab.Ordinal > packets.Shares)
            return Failed(request, "an ordinal above the packet's count", answer);
        record.Add(new Win(request.Packet, request.User, grab.Ordinal, grab.Fen));
        return new Effect(answer.IsReplayed ? RequestOutcome.Replayed : RequestOutcome.Won, TimeSpan.Zero);
    }

    public override void Unanswered(Request request, string reason, ReadOnlySpan<byte> received)
    {
        failures.Add(reason, received);
        record.AddOpen(request);
    }

    private Effect Refused(Request request, in HttpAnswer answer)
    {
        failures.Add($"refused with {answer.Status}", answer.Body);
        record.AddOpen(request);
        return new Effect(RequestOutcome.Refused, TimeSpan.Zero);
    }

    private Effect Failed(Request request, string reason, in HttpAnswer answer)
    {
        failures.Add(reason, answer.Body);
        record.AddOpen(request);
        return new Effect(RequestOutcome.Failed, TimeSpan.Zero);
    }

    private static int Copy(ReadOnlySpan<byte> bytes, Span<byte> buffer, int at)
    {
        bytes.CopyTo(buffer[at..]);
        return at + bytes.Length;
    }
}
