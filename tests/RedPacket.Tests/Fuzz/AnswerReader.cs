using System.Globalization;
using System.Text;

namespace RedPacket.Tests.Fuzz;

/// <summary>An answer of HTTP/1.1.</summary>
internal sealed record RawAnswer(int Status, string Body, bool IsReplay, bool Closes);

/// <summary>Reads answers one after the other, whatever the requests were.</summary>
internal sealed class AnswerReader(Stream stream)
{
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _from;
    private int _to;

    /// <summary>True once the server said that it closes.</summary>
    public bool IsClosing { get; private set; }

    /// <summary>Null at the end of the connection.</summary>
    public async Task<RawAnswer?> Next(bool isHead, CancellationToken cancellation)
    {
        while (true)
        {
            if (await Line(cancellation) is not { } status)
                return null;
            var code = int.Parse(status.Split(' ')[1], CultureInfo.InvariantCulture);
            var head = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            while (await Line(cancellation) is { Length: > 0 } field)
                head[field[..field.IndexOf(':')]] = field[(field.IndexOf(':') + 1)..].Trim();
            // 100 is no answer yet.
            if (code < 200)
                continue;
            IsClosing = head.GetValueOrDefault("Connection") == "close";
            var body = isHead || code is 204 or 304 ? "" : await Body(head, cancellation);
            return new RawAnswer(code, body, head.ContainsKey("Idempotent-Replayed"), IsClosing);
        }
    }

    private async Task<string> Body(Dictionary<string, string> head, CancellationToken cancellation)
    {
        if (head.TryGetValue("Content-Length", out var length))
            return Encoding.UTF8.GetString(await Bytes(int.Parse(length, CultureInfo.InvariantCulture), cancellation));
        if (!head.ContainsKey("Transfer-Encoding"))
            return "";
        var body = new StringBuilder();
        while (int.Parse(
            await Line(cancellation) ?? throw new IOException("The connection ended within a body."),
            NumberStyles.HexNumber, CultureInfo.InvariantCulture) is > 0 and var chunk)
        {
            body.Append(Encoding.UTF8.GetString(await Bytes(chunk, cancellation)));
            await Line(cancellation);
        }
        await Line(cancellation);
        return body.ToString();
    }

    private async Task<string?> Line(CancellationToken cancellation)
    {
        var line = new StringBuilder();
        while (true)
        {
            if (_from == _to && !await Fill(cancellation))
                return line.Length == 0 ? null : throw new IOException("The connection ended within a line.");
            var next = (char)_buffer[_from++];
            if (next == '\n')
                return line.ToString().TrimEnd('\r');
            line.Append(next);
        }
    }

    private async Task<byte[]> Bytes(int count, CancellationToken cancellation)
    {
        var bytes = new byte[count];
        for (var at = 0; at < count;)
        {
            if (_from == _to && !await Fill(cancellation))
                throw new IOException("The connection ended within a body.");
            var part = Math.Min(count - at, _to - _from);
            _buffer.AsSpan(_from, part).CopyTo(bytes.AsSpan(at));
            _from += part;
            at += part;
        }
        return bytes;
    }

    private async Task<bool> Fill(CancellationToken cancellation)
    {
        (_from, _to) = (0, await stream.ReadAsync(_buffer, cancellation));
        return _to > 0;
    }
}
