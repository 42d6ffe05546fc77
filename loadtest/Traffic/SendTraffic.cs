using System.Text;
using System.Text.Json;
using RedPacket.LoadTest.Engine;

namespace RedPacket.LoadTest.Traffic;

/// <summary>Sends the packets of a run. One that was refused or not answered is sent again under its key, so that it is made once.</summary>
internal sealed class SendTraffic(PacketIds packets, Callers callers, Failures failures, string run, string host) : RequestSource
{
    private const int MostTries = 100;
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(200);
    private readonly byte[] _body = Encoding.UTF8.GetBytes(
        $$"""{"kind":"lucky","amountFen":{{packets.AmountFen}},"count":{{packets.Shares}},"greeting":"恭喜发财","expiresInSeconds":{{7 * 86400}}}""");
    private readonly Queue<int> _again = new();
    private int _next;
    private int _ended;
    private long _tries;

    /// <summary>All are made, or so much has failed that it is no use.</summary>
    public override bool IsDone => _ended == packets.Count || HasGivenUp;

    /// <summary>Too many sends have failed.</summary>
    public bool HasGivenUp => _tries > MostTries + packets.Count;

    public override bool TryNext(out Ask ask)
    {
        var any = _again.TryDequeue(out var packet);
        if (!any && _next < packets.Count)
            (packet, any) = (_next++, true);
        ask = new Ask(packet, packet % callers.Count);
        return any;
    }

    public override int Render(Ask ask, Span<byte> buffer)
    {
        var head = $"POST /api/v1/packets HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {_body.Length}\r\nIdempotency-Key: load-{run}-{ask.Packet}\r\n";
        var length = Encoding.ASCII.GetBytes(head, buffer);
        length += callers.WriteField(ask.User, buffer[length..]);
        "\r\n"u8.CopyTo(buffer[length..]);
        _body.CopyTo(buffer[(length + 2)..]);
        return length + 2 + _body.Length;
    }

    public override Effect Answered(Ask ask, in HttpAnswer answer)
    {
        if (answer.Status == 201 && IdOf(answer.Body) is { } id && packets.Add(ask.Packet, id))
        {
            _ended++;
            return new Effect(RequestOutcome.Made, TimeSpan.Zero);
        }
        Again(ask, $"send: status {answer.Status}", answer.Body);
        return new Effect(answer.Status is 503 or 429 ? RequestOutcome.Refused : RequestOutcome.Failed, s_pause);
    }

    public override void Unanswered(Ask ask, string why, ReadOnlySpan<byte> received) => Again(ask, $"send: {why}", received);

    private void Again(Ask ask, string why, ReadOnlySpan<byte> received)
    {
        _tries++;
        failures.Add(why, received);
        _again.Enqueue(ask.Packet);
    }

    private static string? IdOf(ReadOnlySpan<byte> body)
    {
        var json = new Utf8JsonReader(body);
        try
        {
            return JsonDocument.TryParseValue(ref json, out var document) && document.RootElement.TryGetProperty("packetId", out var id) ? id.GetString() : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
