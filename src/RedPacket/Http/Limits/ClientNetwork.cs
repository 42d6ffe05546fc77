using System.Net;

namespace RedPacket.Http.Limits;

/// <summary>The address by which limits count a client that has no identity.</summary>
internal static class ClientNetwork
{
    private const int BytesOfANetwork = 8;

    /// <summary>
    /// An IPv4 address, or the first 64 bits of an IPv6 address: one customer of a provider has all addresses of such a
    /// network.
    /// </summary>
    public static IPAddress Of(HttpContext context)
    {
        var address = context.Connection.RemoteIpAddress ?? IPAddress.None;
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();
        if (address.AddressFamily != System.Net.Sockets.AddressFamily.InterNetworkV6)
            return address;
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(BytesOfANetwork).Clear();
        return new IPAddress(bytes);
    }
}
