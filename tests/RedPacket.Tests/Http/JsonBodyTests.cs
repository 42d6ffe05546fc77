using System.Text;
using Microsoft.AspNetCore.Http;
using RedPacket.Http;

namespace RedPacket.Tests.Http;

/// <summary>The encodings of a body.</summary>
public sealed class JsonBodyTests
{
    private const string Body = "{\"count\":3}";

    [Fact]
    public void ByteOrderMarkOfUtf8_IsSkipped()
    {
        var (body, refusal) = JsonBody.Parse(Encoding.UTF8.GetPreamble().Concat(Encoding.UTF8.GetBytes(Body)).ToArray(), "count");

        Assert.Null(refusal);
        Assert.Equal(3, body!.Value.GetProperty("count").GetInt32());
    }

    [Theory]
    [InlineData("utf-16", true)]
    [InlineData("utf-16", false)]
    [InlineData("utf-16BE", true)]
    [InlineData("utf-16BE", false)]
    public void Utf16_IsRefusedByItsName(string name, bool mark)
    {
        var encoding = Encoding.GetEncoding(name);
        byte[] bytes = [.. mark ? encoding.GetPreamble() : [], .. encoding.GetBytes(Body)];

        var (_, refusal) = JsonBody.Parse(bytes, "count");

        Assert.Equal(("invalid_json", "The body is UTF-16. Send JSON in UTF-8."), (refusal!.Code, refusal.Detail));
    }

    [Theory]
    [InlineData("application/json; charset=utf-16", 415)]
    [InlineData("application/json; charset=\"latin1\"", 415)]
    [InlineData("application/json; charset=\"UTF-8\"", null)]
    [InlineData("application/json", null)]
    public async Task Charset_MayBeUtf8(string type, int? status)
    {
        var context = new DefaultHttpContext();
        context.Request.ContentType = type;
        context.Request.Body = new MemoryStream(Encoding.UTF8.GetBytes(Body));

        Assert.Equal(status, (await JsonBody.Read(context.Request, "count")).Refusal?.Status);
    }
}
