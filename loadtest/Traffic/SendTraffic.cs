using System.Text;
using System.Text.Json;
using RedPacket.LoadTest.Engine;

namespace RedPacket.LoadTest.Traffic;

/// <summary>
/// Sends the packets of a run. A send without success is repeated with its key, so that the packet is made once.
/// </summary>
internal sealed class SendTraffic(PacketIds packets, Callers callers, Failures failures, string run, string host) : RequestSource
{
    private const int MostFailures = 100;
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(200);

    private readonly byte[] _body = Encoding.UTF8.GetBytes($$"""
        {"kind":"lucky","amountFen":{{packets.AmountFen}},"count":{{packets.Shares}},"greeting":"恭喜发财","expiresInSeconds":{{7 * 86400}}}
        """);

    private readonly Queue<int> _retries = new();
    private int _next;
    private int _made;
    private long _failed;

    /// <summary>All packets are made, or too many sends have failed.</summary>
    public override bool IsDone => _made == packets.Count || HasGivenUp;

    /// <summary>Too many sends have failed.</summary>
    public bool HasGivenUp => _failed > MostFailures + packets.Count;

    public override bool TryNext(out Request request)
    {
        var any = _retries.TryDequeue(out var packet);
        if (!any && _next < packets.Count)
            (packet, any) = (_next++, true);
        request = new Request(packet, packet % callers.Count);
        return any;
    }

    public override int Render(Request request, Span<byte> buffer)
    {
        var head = $"POST /api/v1/packets HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
            + $"Content-Length: {_body.Length}\r\nIdempotency-Key: load-{run}-{request.Packet}\r\n";
        var length = Encoding.ASCII.GetBytes(head, buffer);
        length += callers.WriteField(request.User, buffer[length..]);
        "\r\n"u8.CopyTo(buffer[length..]);
        _body.CopyTo(buffer[(length + 2)..]);
        return length + 2 + _body.Length;
    }

    public override Effect Answered(Request request, in HttpAnswer answer)
    {
        if (answer.Status == 201 && IdOf(answer.Body) is { } id && packets.Add(request.Packet, id))
        {
            _made++;
            return new Effect(RequestOutcome.Made, TimeSpan.Zero);
        }
        Retry(request, $"send: status {answer.Status}", answer.Body);
        return new Effect(answer.Status is 503 or 429 ? RequestOutcome.Refused : RequestOutcome.Failed, s_pause);
    }

    public override void Unanswered(Request request, string reason, ReadOnlySpan<byte> received) =>
        Retry(request, $"send: {reason}", received);

    private void Retry(Request request, string reason, ReadOnlySpan<byte> received)
    {
        _failed++;
        failures.Add(reason, received);
        _retries.Enqueue(request.Packet);
    }

    private static string? IdOf(ReadOnlySpan<byte> body)
    {
        var json = new Utf8JsonReader(body);
        try
        {
            if (!JsonDocument.TryParseValue(ref json, out var document))
                return null;
            return document.RootElement.TryGetProperty("packetId", out var id) ? id.GetString() : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
