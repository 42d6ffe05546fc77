using System.Text;
using RedPacket.LoadTest.Engine;

namespace RedPacket.LoadTest.Traffic;

/// <summary>Grabs: who grabs what is drawn, every answer is read, and every "won" is written down.</summary>
internal sealed class GrabTraffic(RequestPattern draw, PacketIds packets, Callers callers, GrabRecord record, Failures failures, string host) : RequestSource
{
    private readonly byte[] _afterId = Encoding.ASCII.GetBytes($"/grabs HTTP/1.1\r\nHost: {host}\r\n");
    private readonly byte[] _user = new byte[256];

    public override bool TryNext(out Ask ask)
    {
        ask = draw.Next();
        return true;
    }

    public override int Render(Ask ask, Span<byte> buffer)
    {
        var length = Copy("POST /api/v1/packets/"u8, buffer, 0);
        length = Copy(packets.Id(ask.Packet), buffer, length);
        length = Copy(_afterId, buffer, length);
        length += callers.WriteField(ask.User, buffer[length..]);
        return Copy("\r\n"u8, buffer, length);
    }

    public override Effect Answered(Ask ask, in HttpAnswer answer)
    {
        if (answer.Status is 503 or 429 && answer.SaysWhen)
            return Refused(ask, answer);
        if (answer.Status != 200)
            return Failed(ask, $"status {answer.Status}", answer);
        var user = _user.AsSpan(0, callers.WriteName(ask.User, _user));
        if (GrabReply.Read(answer.Body, packets.Id(ask.Packet), user, out var grab) is { } wrong)
            return Failed(ask, wrong, answer);
        if (grab.Outcome != RequestOutcome.Won)
            return answer.IsReplayed ? Failed(ask, "too late, and marked as a repeated answer", answer) : new Effect(grab.Outcome, TimeSpan.Zero);
        if (grab.Ordinal > packets.Shares)
            return Failed(ask, "an ordinal above the packet's count", answer);
        record.Add(new Win(ask.Packet, ask.User, grab.Ordinal, grab.Fen));
        return new Effect(answer.IsReplayed ? RequestOutcome.Replayed : RequestOutcome.Won, TimeSpan.Zero);
    }

    public override void Unanswered(Ask ask, string why, ReadOnlySpan<byte> received)
    {
        failures.Add(why, received);
        record.AddOpen(ask);
    }

    private Effect Refused(Ask ask, in HttpAnswer answer)
    {
        failures.Add($"refused with {answer.Status}", answer.Body);
        record.AddOpen(ask);
        return new Effect(RequestOutcome.Refused, TimeSpan.Zero);
    }

    private Effect Failed(Ask ask, string why, in HttpAnswer answer)
    {
        failures.Add(why, answer.Body);
        record.AddOpen(ask);
        return new Effect(RequestOutcome.Failed, TimeSpan.Zero);
    }

    private static int Copy(ReadOnlySpan<byte> bytes, Span<byte> buffer, int at)
    {
        bytes.CopyTo(buffer[at..]);
        return at + bytes.Length;
    }
}
