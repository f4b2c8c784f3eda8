"""The WSDL of the sandbox's SOAP service: one operation, document/literal, SOAP 1.1 and 1.2."""

NAMESPACE = "urn:lienthong:cabinet:1"

_WSDL = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:tns="{namespace}"
    xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:s11="http://schemas.xmlsoap.org/wsdl/soap/"
    xmlns:s12="http://schemas.xmlsoap.org/wsdl/soap12/" targetNamespace="{namespace}">
  <types>
    <xs:schema targetNamespace="{namespace}" elementFormDefault="qualified">
      <xs:element name="DanhSachPhien"><xs:complexType><xs:sequence>
        <xs:element name="nam" type="xs:int"/>
        <xs:element name="thang" type="xs:int"/>
        <xs:element name="trang" type="xs:int"/>
        <xs:element name="soBanGhi" type="xs:int"/>
      </xs:sequence></xs:complexType></xs:element>
      <xs:element name="DanhSachPhienResponse"><xs:complexType><xs:sequence>
        <xs:element name="tongSo" type="xs:int"/>
        <xs:element name="danhSach"><xs:complexType><xs:sequence>
          <xs:element name="phien" type="tns:Phien" minOccurs="0" maxOccurs="unbounded"/>
        </xs:sequence></xs:complexType></xs:element>
      </xs:sequence></xs:complexType></xs:element>
      <xs:complexType name="Phien">
        <xs:sequence>
          <xs:element name="hinhThuc" type="xs:string"/>
          <xs:element name="ngayHop" type="xs:date"/>
          <xs:element name="chuTri" type="xs:string"/>
          <xs:element name="taiLieu"><xs:complexType><xs:sequence>
            <xs:element name="soLuong" type="xs:int"/>
          </xs:sequence></xs:complexType></xs:element>
        </xs:sequence>
        <xs:attribute name="ma" type="xs:string"/>
      </xs:complexType>
    </xs:schema>
  </types>
  <message name="Ask"><part name="body" element="tns:DanhSachPhien"/></message>
  <message name="Told"><part name="body" element="tns:DanhSachPhienResponse"/></message>
  <portType name="Cabinet">
    <operation name="DanhSachPhien">
      <input message="tns:Ask"/><output message="tns:Told"/>
    </operation>
  </portType>
  {bindings}
  <service name="Cabinet">
    <port name="Soap11" binding="tns:Soap11"><s11:address location="{address}"/></port>
    <port name="Soap12" binding="tns:Soap12"><s12:address location="{address}"/></port>
  </service>
</definitions>
"""
_BINDING = """<binding name="{name}" type="tns:Cabinet">
    <{prefix}:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>
    <operation name="DanhSachPhien">
      <{prefix}:operation soapAction="{namespace}/DanhSachPhien"/>
      <input><{prefix}:body use="literal"/></input><output><{prefix}:body use="literal"/></output>
    </operation>
  </binding>"""


def wsdl(address: str) -> bytes:
    """Return the description of the service at an address."""
    bindings = [
        _BINDING.format(name=name, prefix=prefix, namespace=NAMESPACE)
        for name, prefix in (("Soap11", "s11"), ("Soap12", "s12"))
    ]
    told = _WSDL.format(namespace=NAMESPACE, address=address, bindings="\n  ".join(bindings))
    return told.encode()
