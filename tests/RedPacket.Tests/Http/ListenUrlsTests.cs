using RedPacket.Http;

namespace RedPacket.Tests.Http;

/// <summary>The address that the banner shows can be opened.</summary>
public sealed class ListenUrlsTests
{
    [Theory]
    [InlineData("http://[::]:5093", "http://localhost:5093/", true)]
    [InlineData("http://0.0.0.0:5093", "http://localhost:5093/", true)]
    [InlineData("https://*:5093", "https://localhost:5093/", true)]
    [InlineData("http://localhost:5080", "http://localhost:5080/", false)]
    [InlineData("http://127.0.0.1:6001", "http://127.0.0.1:6001/", false)]
    [InlineData("http://[::1]:6001", "http://[::1]:6001/", false)]
    public void AddressOfAllNetworks_IsOpenedAsLocalhost(string listening, string open, bool onAll) =>
        Assert.Equal((open, onAll), (ListenUrls.ToOpen(listening).AbsoluteUri, ListenUrls.IsOnAll(listening)));
}
