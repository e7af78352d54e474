"""Tables of prices in the layouts that people have: read, or refused with a way out.

The layouts are those of real downloads; the numbers are invented.
"""

import bz2
import contextlib
import gzip
import io
import lzma
import os
import zipfile
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnbook.data import load_prices

# name: (content, the days of March 2023, the prices, words of the notes)
READ = {
    "yahoo": (
        "Date,Open,High,Low,Close,Adj Close,Volume\n"
        "2023-03-01,10,12,9,11,10.5,700\n2023-03-02,11,12,10,11.5,11.0,800\n",
        (1, 2),
        (10.5, 11.0),
        "price from 'Adj Close'",
    ),
    "yahoo with null": (
        "Date,Open,High,Low,Close,Adj Close,Volume\n"
        "2023-03-01,10,12,9,11,10.5,700\n2023-03-02,null,null,null,null,null,null\n"
        "2023-03-03,11,12,10,11.5,11.0,800\n",
        (1, 3),
        (10.5, 11.0),
        "1 row without a number left out ('2023-03-02')",
    ),
    "yahoo copied, with a dividend": (
        '"Date","Open","Close*","Adj Close**","Volume"\n'
        '"Mar 02, 2023","11","11.5","11.0","1,800"\n"Mar 01, 2023","0.2 Dividend"\n'
        '"Mar 01, 2023","10","11","10.5","1,700"\n',
        (1, 2),
        (10.5, 11.0),
        "newest first, turned round",
    ),
    "yfinance": (
        "Price,Close,High,Low,Open,Volume\nTicker,ABC,ABC,ABC,ABC,ABC\nDate,,,,,\n"
        "2023-03-01,10.5,12,9,11,700\n2023-03-02,11.5,12,10,11,800\n",
        (1, 2),
        (10.5, 11.5),
        "price from 'Close', dates from 'Date'",
    ),
    "yfinance without the line of the date": (
        "Price,Close,Open\nTicker,ABC,ABC\n2023-03-01,10.5,11\n2023-03-02,11.5,11\n",
        (1, 2),
        (10.5, 11.5),
        "dates from the first column",
    ),
    "yfinance, adjusted, with a zone": (
        ",Adj Close,Close\n,ABC,ABC\nDate,,\n"
        "2023-03-10 00:00:00-05:00,10.5,11\n2023-03-13 00:00:00-04:00,11.5,12\n",
        (10, 13),
        (10.5, 11.5),
        "Adj Close",
    ),
    "nasdaq": (
        "Date,Close/Last,Volume,Open,High,Low\n"
        "03/02/2023,$1041.50,700,$1039,$1042,$1038\n"
        "03/01/2023,$1039.25,700,$1039,$1042,$1038\n",
        (1, 2),
        (1039.25, 1041.5),
        "'$' taken off; dates have the month first; newest first",
    ),
    "nasdaq, with blanks": (
        "Date, Close/Last, Volume\n03/02/2023, $41.5, 700\n03/01/2023, $39.25, 600\n",
        (1, 2),
        (39.25, 41.5),
        "Close/Last",
    ),
    "alpha vantage": (
        "timestamp,open,high,low,close,volume\r\n2023-03-02,1,2,1,1.5,7\r\n"
        "2023-03-01,1,2,1,1.25,7\r\n",
        (1, 2),
        (1.25, 1.5),
        "newest first",
    ),
    "alpha vantage, numbered": (
        "date,1. open,2. high,3. low,4. close,5. volume\n2023-03-01,1,2,1,1.25,7\n"
        "2023-03-02,1,2,1,1.5,7\n",
        (1, 2),
        (1.25, 1.5),
        "'4. close'",
    ),
    "alpha vantage, coins": (
        "timestamp,1a. open (EUR),4a. close (EUR),4b. market cap (USD)\n"
        "2023-03-01,1,1.25,7\n2023-03-02,1,1.5,7\n",
        (1, 2),
        (1.25, 1.5),
        "4a. close",
    ),
    "stooq": (
        "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>\r\n"
        "ABC.US,D,20230301,000000,1,2,1,1.25,7,0\r\n"
        "ABC.US,D,20230302,000000,1,2,1,1.5,7,0\r\n",
        (1, 2),
        (1.25, 1.5),
        "<CLOSE>",
    ),
    "stooq, Polish": (
        "Data,Otwarcie,Najwyzszy,Najnizszy,Zamkniecie,Wolumen\n"
        "2023-03-01,1,2,1,1.25,7\n2023-03-02,1,2,1,1.5,7\n",
        (1, 2),
        (1.25, 1.5),
        "Zamkniecie",
    ),
    "Polish, cp1250": (
        "Data;Otwarcie;Najwyższy;Najniższy;Zamknięcie\n01.03.2023;1;2;1;1,25\n"
        "02.03.2023;1;2;1;1,5\n".encode("cp1250"),
        (1, 2),
        (1.25, 1.5),
        "price from 'Zamknięcie', dates from 'Data'; read as cp1250; decimal comma",
    ),
    "investing.com": (
        '\ufeff"Date","Price","Open","High","Low","Vol.","Change %"\n'
        '"03/15/2023","1,139.14","1,141.0","1,142","1,138.2","98.32M","-2.46%"\n'
        '"03/01/2023","1,142.65","1,141.0","1,142","1,138.2","94.64M","0.81%"\n',
        (1, 15),
        (1142.65, 1139.14),
        "dates have the month first",
    ),
    "investing.com, old": (
        '"Date","Price","Open"\n"Mar 15, 2023","1,139.1","1"\n"Mar 01, 2023","1,142",1',
        (1, 15),
        (1142, 1139.1),
        "newest first",
    ),
    "investing.com, German": (
        '\ufeff"Datum","Zuletzt","Eröffn.","Hoch","Tief","Vol.","+/- %"\n'
        '"02.03.2023","15.036,55","15.069,6","15.1","15,0","68,02M","-0,79%"\n'
        '"01.03.2023","15.156,44","15.172,1","15.2","15,0","88,54M","-0,68%"\n',
        (1, 2),
        (15156.44, 15036.55),
        "decimal comma",
    ),
    "investing.com, Portuguese: another column tells the marks": (
        '"Data","Último","Abertura","Vol.","Var%"\n'
        '"02.03.2023","110.393","112.900","11,5M","-2,22%"\n'
        '"01.03.2023","112.900","110.979","10,9M","1,73%"\n',
        (1, 2),
        (112900, 110393),
        "decimal comma",
    ),
    "investing.com, Turkish": (
        '"Tarih","Şimdi","Açılış","Yüksek","Düşük","Hac.","Fark %"\n'
        '"02.03.2023","1.390,1","1","2","1","9M","-2,46%"\n'
        '"01.03.2023","1.420,6","1","2","1","9M","-2,46%"\n',
        (1, 2),
        (1420.6, 1390.1),
        "Şimdi",
    ),
    "investing.com, Russian": (
        '"Дата","Цена","Откр.","Макс.","Мин.","Объём","Изм. %"\n'
        '"02.03.2023","1.390,1","1","2","1","9M","-2,46%"\n'
        '"01.03.2023","1.420,6","1","2","1","9M","-2,46%"\n'.encode("cp1251"),
        (1, 2),
        (1420.6, 1390.1),
        "read as cp1251",
    ),
    "ariva": (
        "Datum;Eröffnung;Hoch;Tief;Schluss;Stücke\n01.03.2023;1;2;1;141,25;9.876\n"
        "02.03.2023;1;2;1;141,5;9.876\n".encode("latin-1"),
        (1, 2),
        (141.25, 141.5),
        "read as cp1252; decimal comma",
    ),
    "Excel, German": (
        b"\xef\xbb\xbfDate;Open;Close\r\n01.03.2023;1,5;141,25\r\n"
        b"02.03.2023;1,5;141,5\r\n",
        (1, 2),
        (141.25, 141.5),
        "decimal comma",
    ),
    "Excel, the separator told": (
        "sep=;\nDate;Closing price;Average\n2023-03-01;1,25;7\n2023-03-02;1,5;7\n",
        (1, 2),
        (1.25, 1.5),
        "Closing price",
    ),
    "Excel, Unicode text": (
        "Date\tClose\r\n2023-03-01\t1.25\r\n2023-03-02\t1.5\r\n".encode("utf-16"),
        (1, 2),
        (1.25, 1.5),
        "'Close'",
    ),
    "Excel, rows and columns left over": (
        "Date,Close,,\n2023-03-01,1.25,,\n,,,\n2023-03-02,1.5,,\n,,,\n",
        (1, 2),
        (1.25, 1.5),
        "2 days",
    ),
    "boursorama": (
        "date\touv\thaut\tbas\tclot\tvol\tdevise\t\n"
        "01/03/2023 00:00\t1\t2\t1\t1.25\t7\tEUR\t\n"
        "02/03/2023 00:00\t1\t2\t1\t1.5\t7\tEUR\t\n",
        (1, 2),
        (1.25, 1.5),
        "dates have the day first",
    ),
    "French, with a sign and blanks": (
        "Date;Dernier\n01/03/2023;1 234,50 €\n02/03/2023;1\u00a0235,00 €\n",
        (1, 2),
        (1234.5, 1235),
        "'€' taken off",
    ),
    "Spanish": (
        "Fecha;Cierre\n1 de marzo de 2023;1,25\n2 de marzo de 2023;1,5\n",
        (1, 2),
        (1.25, 1.5),
        "Cierre",
    ),
    "Italian": (
        "Data;Chiusura\n01/03/2023;1,25\n02/03/2023;1,5\n",
        (1, 2),
        (1.25, 1.5),
        "dates have the day first",
    ),
    "Dutch": (
        "Datum;Slotkoers\n01-03-2023;1,25\n02-03-2023;1,5\n",
        (1, 2),
        (1.25, 1.5),
        "day first",
    ),
    "Swedish": (
        "Datum;Stängningskurs\n2023-03-01;1,25\n2023-03-02;1,5\n",
        (1, 2),
        (1.25, 1.5),
        "Stängningskurs",
    ),
    "German months": (
        "Datum;Schlusskurs\n1. März 2023;1,25\n2. März 2023;1,5\n",
        (1, 2),
        (1.25, 1.5),
        "Schlusskurs",
    ),
    "akshare": (
        "日期,股票代码,开盘,收盘,最高,最低,成交量\n2023-03-01,000001,1,1.25,2,1,7\n"
        "2023-03-02,000001,1,1.5,2,1,7\n",
        (1, 2),
        (1.25, 1.5),
        "price from '收盘', dates from '日期'",
    ),
    "NetEase, GBK": (
        "日期,股票代码,名称,收盘价,最高价,最低价,开盘价,前收盘\n"
        "2023-03-02,'000001,银行,1.5,2,1,1,1.25\n"
        "2023-03-01,'000001,银行,1.25,2,1,1,1\n".encode("gbk"),
        (1, 2),
        (1.25, 1.5),
        "read as gb18030",
    ),
    "tushare": (
        "ts_code,trade_date,open,high,low,close,pre_close,vol\n"
        "000001.SZ,20230302,1,2,1,1.5,1.25,7\n000001.SZ,20230301,1,2,1,1.25,1,7\n",
        (1, 2),
        (1.25, 1.5),
        "price from 'close', dates from 'trade_date'",
    ),
    "Japanese, cp932": (
        "日付,始値,高値,安値,終値,出来高\n2023/3/1,1,2,1,1.25,7\n"
        "2023/3/2,1,2,1,1.5,7\n".encode("cp932"),
        (1, 2),
        (1.25, 1.5),
        "終値",
    ),
    "Korean": (
        '날짜,종가\n2023년 03월 02일,"73,200"\n2023년 03월 01일,"74,100"\n',
        (1, 2),
        (74100, 73200),
        "numbers such as '73,200' are read as 73200",
    ),
    "quantmod": (
        '"Index","ABC.Open","ABC.Close","ABC.Volume","ABC.Adjusted"\n'
        "2023-03-01,1,2,7,1.25\n2023-03-02,1,2,7,1.5\n",
        (1, 2),
        (1.25, 1.5),
        "ABC.Adjusted",
    ),
    "yfinance, flattened": (
        "Date,Close_ABC,Open_ABC\n2023-03-01,1.25,1\n2023-03-02,1.5,1\n",
        (1, 2),
        (1.25, 1.5),
        "Close_ABC",
    ),
    "FRED": (
        "observation_date,SP500\n2023-03-01,4357.04\n2023-03-02,.\n2023-03-03,4300.5\n",
        (1, 3),
        (4357.04, 4300.5),
        "price from 'SP500'",
    ),
    "Quandl": (
        "Date,Value\n2023-03-01,1.25\n2023-03-02,1.5\n",
        (1, 2),
        (1.25, 1.5),
        "'Value'",
    ),
    "CRSP": (
        "PERMNO,date,TICKER,PRC\n7,20230301,ABC,1.25\n7,20230302,ABC,1.5\n",
        (1, 2),
        (1.25, 1.5),
        "PRC",
    ),
    "pandas, no name": (
        ",Open,Close\n2023-03-01,1,1.25\n2023-03-02,1,1.5\n",
        (1, 2),
        (1.25, 1.5),
        "dates from the first column",
    ),
    "pandas, numbered rows": (
        ",date,close\n0,2023-03-01,1.25\n1,2023-03-02,1.5\n",
        (1, 2),
        (1.25, 1.5),
        "dates from 'date'",
    ),
    "Swiss": (
        "Date,Close\n2023-03-01,1'142.65\n2023-03-02,1’139.14\n",
        (1, 2),
        (1142.65, 1139.14),
        "2 days",
    ),
    "Indian": (
        "Date ,series ,OPEN ,PREV. CLOSE ,ltp ,close ,VOLUME ,VALUE \n"
        '02-Mar-2023,EQ,"1",1,2,"73,80,500.5",7,8\n'
        '01-Mar-2023,EQ,"1",1,2,"73,81,500.0",7,8\n',
        (1, 2),
        (7381500, 7380500.5),
        "price from 'close'",
    ),
    "Indian, a comma at the end": (
        "Date,Open Price,Close Price,No.of Shares\n1-March-2023,1,1.25,7,\n"
        "2-March-2023,1,1.5,7,\n",
        (1, 2),
        (1.25, 1.5),
        "Close Price",
    ),
    "rupees": (
        'Date,Price\n2023-03-01,"Rs. 1,234.50"\n2023-03-02,"Rs. 1,235"\n',
        (1, 2),
        (1234.5, 1235),
        "'Rs.' taken off",
    ),
    "TradingView": (
        "time,open,high,low,close,Volume\n1677681000,1,2,1,1.25,7\n"
        "1677767400,1,2,1,1.5,7\n",
        (1, 2),
        (1.25, 1.5),
        "dates are Unix time (UTC); time of day left out",
    ),
    "polygon": (
        "t,o,h,l,c,v\n1677628800000,1,2,1,1.25,7\n1677715200000,1,2,1,1.5,7\n",
        (1, 2),
        (1.25, 1.5),
        "price from 'c'",
    ),
    "coinmarketcap": (
        "timeOpen;timeClose;name;open;close;marketCap;timestamp\n"
        '"2023-03-02T00:00:00.000Z";"x";"1";1;1.5;9;"2023-03-02T23:59:59.999Z"\n'
        '"2023-03-01T00:00:00.000Z";"x";"1";1;1.25;9;"2023-03-01T23:59:59.999Z"\n',
        (1, 2),
        (1.25, 1.5),
        "dates from 'timestamp'",
    ),
    "a line above the header": (
        "https://www.example.com\nunix,date,symbol,open,close,Volume AB,Volume CD\n"
        "1,2023-03-02 00:00:00,AB/CD,1,1.5,7,8\n1,2023-03-01 00:00:00,AB/CD,1,1.25,7,8",
        (1, 2),
        (1.25, 1.5),
        "dates from 'date'",
    ),
    "lines above the header": (
        'Some Title\n\n"A disclaimer, with a comma"\n\n\ndate,open,close\n'
        "2023-03-01,1,1.25\n2023-03-02,1,1.5\n",
        (1, 2),
        (1.25, 1.5),
        "2 days",
    ),
    "a line below": (
        "Time,Open,Last,Change\n03/15/2023,1,1.5,0\n03/14/2023,1,1.25,0\n"
        '"Downloaded from Somewhere.com as of 03-16-2023 01:02am CDT"\n',
        (14, 15),
        (1.25, 1.5),
        "left out below the table: 'Downloaded from",
    ),
    "a sum below": (
        "Date,Close\n2023-03-01,1.25\n2023-03-02,1.5\nTotal,2.75\n",
        (1, 2),
        (1.25, 1.5),
        "left out below the table: 'Total 2.75'",
    ),
    "GOOGLEFINANCE": (
        "Date,Close\n3/14/2023 16:00:00,1.25\n3/15/2023 13:00:00,1.5\n",
        (14, 15),
        (1.25, 1.5),
        "time of day left out",
    ),
    "the month's name and years of two digits": (
        "Date,Close\nMar-01-23,1.25\nMar-02-23,1.5\n",
        (1, 2),
        (1.25, 1.5),
        "2 days",
    ),
    "years of two digits": (
        "Date, Close\n03/15/23, 1.5\n03/14/23, 1.25\n",
        (14, 15),
        (1.25, 1.5),
        "month first",
    ),
    "the day of the week": (
        'Date,Close\n"Wednesday, March 1st, 2023",1.25\n"Thu, March 2nd, 2023",1.5\n',
        (1, 2),
        (1.25, 1.5),
        "2 days",
    ),
    "a last row twice": (
        "Date,Close\n2023-03-01,1.25\n2023-03-02,1.5\n2023-03-02,1.5\n",
        (1, 2),
        (1.25, 1.5),
        "rows that say the same again left out ('2023-03-02')",
    ),
    "zero open": (
        "Date,Open,High,Low,Close\n2023-03-01,1,2,1,1.25\n2023-03-02,0,0,0,1.5\n",
        (1, 2),
        (1.25, 1.5),
        "NaN in open (1), high (1), low (1), first on 2023-03-02",
    ),
    "yfinance, the index made a column": (
        "Date,Close,Open\n,ABC,ABC\n2023-03-01,1.25,1\n2023-03-02,1.5,1\n",
        (1, 2),
        (1.25, 1.5),
        "left out below the header: 'ABC' and 'ABC'",
    ),
    "units below the header": (
        "Date,Close,Volume\n,USD,shares\n2023-03-01,1.25,1\n2023-03-02,1.5,1\n",
        (1, 2),
        (1.25, 1.5),
        "left out below the header: 'USD' and 'shares'",
    ),
    "formats below the header": (
        "Date,Close\n(yyyy-mm-dd),(USD)\n2023-03-01,1.25\n2023-03-02,1.5\n",
        (1, 2),
        (1.25, 1.5),
        "left out below the header: '(yyyy-mm-dd)' and",
    ),
    "the header again": (
        "Date,Close\n2023-03-01,1.25\nDate,Close\n2023-03-02,1.5\n",
        (1, 2),
        (1.25, 1.5),
        "the header again left out (line 3)",
    ),
    "Bloomberg": (
        "Security,ABC US Equity\nStart Date,3/1/2023\nPeriod,D\n\nDate,PX_LAST\n"
        "3/1/2023,1.25\n3/15/2023,1.5\n",
        (1, 15),
        (1.25, 1.5),
        "price from 'PX_LAST', dates from 'Date'",
    ),
    "the date of the download above the header": (
        "Symbol,ABC\nDate,2023-04-01\n\nDate,Close\n2023-03-01,1.25\n2023-03-02,1.5\n",
        (1, 2),
        (1.25, 1.5),
        "price from 'Close', dates from 'Date'",
    ),
    "the day of the week in a column": (
        "Date,Day,Close\n2023-03-01,Wed,1.25\n2023-03-02,Thu,1.5\n",
        (1, 2),
        (1.25, 1.5),
        "dates from 'Date'",
    ),
    "the day of the week in a column, German": (
        "Datum;Tag;Kurs\n01.03.2023;Mi;1,25\n02.03.2023;Do;1,5\n",
        (1, 2),
        (1.25, 1.5),
        "dates from 'Datum'",
    ),
    "dates as decimal numbers": (
        "trade_date,close\n20230301.0,1.25\n20230302.0,1.5\n",
        (1, 2),
        (1.25, 1.5),
        "dates from 'trade_date'",
    ),
    "Unix time as decimal numbers": (
        "time,close\n1677628800.0,1.25\n1677715200.0,1.5\n",
        (1, 2),
        (1.25, 1.5),
        "dates are Unix time",
    ),
    "day and time in one number": (
        "time,close\n20230301160000,1.25\n20230302160000,1.5\n",
        (1, 2),
        (1.25, 1.5),
        "time of day left out",
    ),
    "dates of JavaScript": (
        "date,close\nWed Mar 01 2023 00:00:00 GMT+0100 (CET),1.25\n"
        "Thu Mar 02 2023 00:00:00 GMT+0100 (Central European Standard Time),1.5\n",
        (1, 2),
        (1.25, 1.5),
        "2 days",
    ),
    "Hungarian": (
        "Dátum;Záró\n2023. március 1.;1,25\n2023. március 2.;1,5\n",
        (1, 2),
        (1.25, 1.5),
        "Záró",
    ),
    "German months cut short": (
        "Datum;Kurs\n1. Mrz 2023;1,25\n2. Mrz 2023;1,5\n",
        (1, 2),
        (1.25, 1.5),
        "Kurs",
    ),
    "single quotes": (
        "'Date','Close'\n'2023-03-01','1.25'\n'2023-03-02','1.5'\n",
        (1, 2),
        (1.25, 1.5),
        "price from 'Close'",
    ),
    "dates that are text in a spreadsheet": (
        "Date,Close\n'2023-03-01,1.25\n'2023-03-02,1.5\n",
        (1, 2),
        (1.25, 1.5),
        "2 days",
    ),
    "quotes around each line": (
        '"Date,Close,""Vol."""\n"2023-03-01,1.25,""1,000"""\n"2023-03-02,1.5,7"\n',
        (1, 2),
        (1.25, 1.5),
        "quotes around each line taken off",
    ),
    "a line below, with commas": (
        "Date,Close\n2023-03-01,1.25\n2023-03-02,1.5\nSource: Bank, Town, 2024\n",
        (1, 2),
        (1.25, 1.5),
        "left out below the table: 'Source: Bank Town 2024'",
    ),
    "signs that nobody sees": (
        "Date,Close\n\u200b2023-03-01,\u200e1.25\n2023\u201103\u201102,1.5\ufeff\n",
        (1, 2),
        (1.25, 1.5),
        "2 days",
    ),
    "bars": ("Date|Close\n2023-03-01|1.25\n2023-03-02|1.5\n", (1, 2), (1.25, 1.5), ""),
    "blanks": (
        "Date         Close\n2023-03-01   1.25\n2023-03-02   1.5\n",
        (1, 2),
        (1.25, 1.5),
        "",
    ),
    "CR only": (
        b"Date,Close\r2023-03-01,1.25\r2023-03-02,1.5\r",
        (1, 2),
        (1.25, 1.5),
        "",
    ),
    "months": (
        "Date,Close\n2023-03,1.25\n2023-04,1.5\n",
        (1, 32),
        (1.25, 1.5),
        "each date is the first day of its month",
    ),
}


def days(numbers):
    """Days of March 2023, counted on into April."""
    return [str(np.datetime64("2023-02-28") + number) for number in numbers]


def write(folder, content):
    path = folder / "file.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("name", READ)
def test_a_layout_is_read_as_it_is(tmp_path, capfd, name):
    content, numbers, price, words = READ[name]
    prices = load_prices(write(tmp_path, content))
    assert prices.dates.astype(str).tolist() == days(numbers)
    assert prices.price.tolist() == list(price)
    assert words in prices.notes[0]
    assert capfd.readouterr() == ("\n".join(prices.notes) + "\n", "")


# name: (content, arguments, the days, the prices)
WITH_ARGUMENTS = {
    "several companies below each other": (
        "date,close,Name\n2023-03-01,1,A\n2023-03-02,2,A\n2023-03-01,1.25,BC\n"
        "2023-03-02,1.5,BC\n",
        {"symbol": "BC"},
        (1, 2),
        (1.25, 1.5),
    ),
    "newest first, several companies": (
        "date,stock,close\n2023-03-02,A,2\n2023-03-02,BC,1.5\n2023-03-01,A,2\n"
        "2023-03-01,BC,1.25\n",
        {"symbol": "bc"},
        (1, 2),
        (1.25, 1.5),
    ),
    "several companies beside each other": (
        ",Close,Close,High,High\nTicker,A,BC,A,BC\nDate,,,,\n2023-03-01,1,1.25,2,3\n"
        "2023-03-02,1,1.5,2,3\n",
        {"symbol": "BC"},
        (1, 2),
        (1.25, 1.5),
    ),
    "grouped by company": (
        "Ticker,A,A,BC,BC\nPrice,Open,Close,Open,Close\nDate,,,,\n"
        "2023-03-01,1,1,1,1.25\n2023-03-02,1,1,1,1.5\n",
        {"symbol": "BC"},
        (1, 2),
        (1.25, 1.5),
    ),
    "a column for each company": (
        "Date,A,BC,T,C\n2023-03-01,1,1.25,3,4\n2023-03-02,1,1.5,3,4\n",
        {"symbol": "BC"},
        (1, 2),
        (1.25, 1.5),
    ),
    "names that say nothing": (
        "AB_x,AB_y,more\n2023-03-01,1.25,7\n2023-03-02,1.5,7\n",
        {"date": "AB_x", "price": "AB_y"},
        (1, 2),
        (1.25, 1.5),
    ),
    "two that could be it": (
        "Date,Last,Settle\n2023-03-01,1,1.25\n2023-03-02,1,1.5\n",
        {"price": "Settle"},
        (1, 2),
        (1.25, 1.5),
    ),
    "the close beside the adjusted close": (
        "Date,Close,Adj Close\n2023-03-01,1.25,1\n2023-03-02,1.5,1\n",
        {"price": "close"},
        (1, 2),
        (1.25, 1.5),
    ),
    "ambiguous dates, the day first": (
        "Date,Close\n01/03/2023,1.25\n02/03/2023,1.5\n",
        {"dayfirst": True},
        (1, 2),
        (1.25, 1.5),
    ),
    "ambiguous dates, the month first": (
        "Date,Close\n03/01/2023,1.25\n03/02/2023,1.5\n",
        {"dayfirst": False},
        (1, 2),
        (1.25, 1.5),
    ),
    "ambiguous numbers, a decimal comma": (
        'Date,Close\n2023-03-01,"1,250"\n2023-03-02,"1,500"\n',
        {"decimal": ","},
        (1, 2),
        (1.25, 1.5),
    ),
    "ambiguous numbers, thousands": (
        'Date,Close\n2023-03-01,"1,250"\n2023-03-02,"1,500"\n',
        {"thousands": ","},
        (1, 2),
        (1250, 1500),
    ),
    "no header, named": (
        "2023-03-01,1,1.25\n2023-03-02,1,1.5\n",
        {"names": ["date", "open", "close"]},
        (1, 2),
        (1.25, 1.5),
    ),
    "no header, counted": (
        "2023.03.01\t1\t1.25\n2023.03.02\t1\t1.5\n",
        {"header": None, "date": 0, "price": 2},
        (1, 2),
        (1.25, 1.5),
    ),
    "a row to be left out": (
        "date,close\n11:34,7\n2023/03/02,1.5\n2023/03/01,1.25\n",
        {"skiprows": [1]},
        (1, 2),
        (1.25, 1.5),
    ),
    "the habits of pandas": (
        "Date,Close\n2023-03-01,1.25\n2023-03-02,-999\n2023-03-03,1.5\n",
        {"parse_dates": ["Date"], "index_col": "Date", "na_values": ["-999"]},
        (1, 3),
        (1.25, 1.5),
    ),
    "a date in three columns": (
        "year,month,day,close\n2023,3,1,1.25\n2023,3,2,1.5\n",
        {"date": ["year", "month", "day"]},
        (1, 2),
        (1.25, 1.5),
    ),
    "separator and encoding said": (
        "Größe;Datum;Kurs\n1;01.03.2023;1,25\n1;02.03.2023;1,5\n".encode("cp1252"),
        {"sep": ";", "encoding": "cp1252"},
        (1, 2),
        (1.25, 1.5),
    ),
    "a column for each company, in small letters": (
        "Date,A,BC\n2023-03-01,1,1.25\n2023-03-02,1,1.5\n",
        {"symbol": "bc"},
        (1, 2),
        (1.25, 1.5),
    ),
    "companies by number": (
        "date,permno,close\n2023-03-01,10,7\n2023-03-01,11,1.25\n2023-03-02,10,7\n"
        "2023-03-02,11,1.5\n",
        {"symbol": 11},
        (1, 2),
        (1.25, 1.5),
    ),
    "a kind of number for pandas": (
        "Date,Close\n2023-03-01,1.25\n2023-03-02,1.5\n",
        {"dtype": float},
        (1, 2),
        (1.25, 1.5),
    ),
    "a style of its own": (
        "Date,Close\n01032023,1.25\n02032023,1.5\n",
        {"date_format": "%d%m%Y"},
        (1, 2),
        (1.25, 1.5),
    ),
}


@pytest.mark.parametrize("name", WITH_ARGUMENTS)
def test_a_layout_is_read_with_arguments(tmp_path, name):
    content, arguments, numbers, price = WITH_ARGUMENTS[name]
    prices = load_prices(write(tmp_path, content), **arguments)
    assert prices.dates.astype(str).tolist() == days(numbers)
    assert prices.price.tolist() == list(price)


REFUSED = {
    "ambiguous dates": (
        "Date,Close\n01/03/2023,1\n02/03/2023,2\n",
        "2023-03-01 with dayfirst=True or 2023-01-03 with dayfirst=False",
    ),
    "ambiguous years": (
        "Date,Close\n10/05/21,1\n10/04/21,2\n",
        "2021-05-10 with dayfirst=True or 2021-10-05 .*date_format='%y-%m-%d'",
    ),
    "ambiguous years, in a language with the day first": (
        "Datum;Schluss\n18-09-08;1,5\n18-09-15;2,5\n",
        "2008-09-18 with dayfirst=True or 2018-09-08 .*date_format='%y-%m-%d'",
    ),
    "mixed dates": (
        "Date,Close\n13/01/2023,1\n1/14/2023,2\n",
        "line 3, column 'Date': expected a date with the day first as in '13/01/2023'",
    ),
    "mixed dates, other signs": (
        "Date,Close\n01-03-2023,1\n1/13/2023,2\n",
        "line 3, .* in the style of '01-03-2023'.*got '1/13/2023'",
    ),
    "ambiguous numbers": (
        'Date,Close\n2023-03-01,"1,094"\n2023-03-02,"1,095"\n',
        "1094 with decimal='.' or 1.094 with decimal=','",
    ),
    "ambiguous points": (
        "Datum;Schluss\n01.03.2023;110.393\n02.03.2023;110.400\n",
        "110.393 with decimal='.' or 110393 with decimal=','",
    ),
    "an unquoted decimal comma": (
        "Date,Close\n2023-03-01,142,65\n",
        "expected 2 fields as in the header, got 3 .*is a comma inside the numbers",
    ),
    "two currencies": (
        "Date,Close\n2023-03-01,$1\n2023-03-02,€2\n",
        r"one currency in the column \('\$' and '€'\)",
    ),
    "JSON": ('{\n "Note": "Our limit is 5 calls."\n}\n', "got JSON, .*5 calls"),
    "a web page": (
        "<!DOCTYPE html>\n<html><head><title>Get your\nkey</title></head></html>",
        "got a web page .'Get your key'",
    ),
    "no header": ("2023-03-01,1,1.25\n2023-03-02,1,1.5\n", "3 names with 'date'"),
    "no header, seven columns": (
        "2023.03.01,07:36,1,2,1,1.5,7\n2023.03.02,07:36,1,2,1,1.5,7\n",
        r"perhaps names=\['date', 'time', 'open'",
    ),
    "no header, the company first": (
        "ABC,20230301,1,2,1,1.5,7\nABC,20230302,1,2,1,1.5,7\n",
        "expected a header, got a row of values .*name the columns",
    ),
    "several companies": (
        "date,close,Name\n2023-03-01,1,A\n2023-03-02,2,A\n2023-03-01,1,BC\n",
        "column 'Name': .* one company, got 2 .'A' and 'BC'.; choose with symbol='A'",
    ),
    "several companies, in no known column": (
        "date,close,thing\n2023-03-01,1,A\n2023-03-01,2,BC\n2023-03-02,1,A\n",
        "column 'thing': expected the prices of one company, got 2",
    ),
    "several companies in the header": (
        ",Close,Close\nTicker,A,BC\nDate,,\n2023-03-01,1,2\n2023-03-02,1,2\n",
        "prices of one company, got 'A' and 'BC'; choose with symbol='A'",
    ),
    "a column for each company": (
        "Date,A,BC,C\n2023-03-01,1,2,3\n2023-03-02,1,2,3\n",
        "name them: date=, price=.*'Date', 'A', 'BC' and 'C'",
    ),
    "two that could be it": (
        "Date,Last,Settle\n2023-03-01,1,2\n2023-03-02,1,2\n",
        "'Last' and 'Settle'; choose with price='Last'",
    ),
    "only the close of the day before": (
        "Date,pre_close,x\n2023-03-01,1,2\n2023-03-02,1,2\n",
        "expected a header with",
    ),
    "one day, two prices": (
        "Date,Close\n2023-03-01,1\n2023-03-02,1.5\n2023-03-02,1.25\n",
        "line 4, .*each date once .line 3 has it too: '1.5' there, '1.25' here",
    ),
    "hours": (
        "Date,Close\n2023-03-01 09:30,1\n2023-03-01 10:30,1.5\n",
        "several rows a day are no daily prices",
    ),
    "the day number of a spreadsheet": (
        "Date,Close\n44986,1\n44987,2\n",
        "spreadsheet",
    ),
    "digits without an order": ("Date,Close\n01032023,1\n02032023,2\n", "date_format"),
    "a live row": ("date,close\n11:34,1\n2023/03/01,2\n", "line 2, .*got '11:34'"),
    "bytes that are no text": (
        b"Gr\xf6\xdfe;x\n1;2\n",
        "'Größe;x 1;' with encoding='cp1252'",
    ),
    "a web page without a head": (
        "<script>location='x'</script><html>",
        "got a web page",
    ),
    "a login": ("<meta http-equiv=refresh><p>Login</p>", "got a web page"),
    "an old pickle": (b"\x80\x02}q\x00.", "got a pickle: load it"),
    "an array of NumPy": (b"\x93NUMPY\x01\x00", "numpy.load"),
    "a 7z archive": (b"7z\xbc\xaf\x27\x1c", "unpack it first"),
    "only a change": (
        "Date,Change %\n2023-03-01,1.5\n2023-03-02,2.5\n",
        "expected a header with",
    ),
    "only a return": (
        "Date,Daily Return\n2023-03-01,0.1\n2023-03-02,0.2\n",
        "expected a header with",
    ),
    "Croatian months, which begin like Polish ones": (
        "Datum;Close\n1. lipnja 2023;1\n2. lipnja 2023;2\n",
        "expected a date that exists .*'1. lipnja 2023'",
    ),
    "a PDF": (b"%PDF-1.4 x", "expected text, got a PDF"),
    "Parquet": (b"PAR1xxxx", "pandas.read_parquet"),
    "zeros": (b"Date,Close\n2023\0", "bytes of zero"),
    "a packed file cut short": (gzip.compress(b"Date,Close\n" * 9)[:-9], "damaged"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_can_be_read_in_two_ways_is_refused_in_one_line(tmp_path, capfd, name):
    content, message = REFUSED[name]
    path = write(tmp_path, content)
    with pytest.raises(ValueError, match=message) as refusal:
        load_prices(path)
    assert str(path) in str(refusal.value) and "\n" not in str(refusal.value)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"price": "Opne"}, "column price='Opne'; the columns are 'Date' and 'Close'"),
        ({"date": "Day"}, "column date='Day'"),
        ({"symbol": "ABC"}, "symbol: .* has no 'ABC'"),
        ({"date": []}, "date: expected the name of a column or several"),
        ({"date_format": 3}, "date_format: expected text, not empty, got 3"),
        ({"sep": 3}, "sep: expected text"),
        ({"encoding": 3}, "encoding: expected text"),
        ({"nonsense": 3}, "'nonsense': pandas does not take this"),
        ({"skiprows": "a"}, "'skiprows': pandas does not take this"),
        ({"dayfirst": "yes"}, "dayfirst: expected True or False, got 'yes'"),
        ({"sort": 1}, "sort: expected True or False, got 1"),
        ({"sep": ";"}, "the columns are 'Date,Close'"),
        ({"encoding": "utf-99"}, "encoding: expected one that Python knows"),
        ({"encoding": "utf-16"}, "encoding: .* is not utf-16 text"),
        (
            {"dayfirst": True, "date_format": "%d"},
            "expected a date %d, got '2023-03-01'",
        ),
    ],
)
def test_a_wrong_argument_is_named(tmp_path, arguments, message):
    path = write(tmp_path, "Date,Close\n2023-03-01,1\n2023-03-02,2\n")
    with pytest.raises(ValueError, match=message):
        load_prices(path, **arguments)


def test_a_given_order_that_does_not_fit_is_refused(tmp_path):
    path = write(tmp_path, "Date,Close\n02/03/2023,1\n03/15/2023,2\n")
    with pytest.raises(ValueError, match="line 3, .* the day first as in '02/03/2023'"):
        load_prices(path, dayfirst=True)
    assert len(load_prices(path)) == 2


def test_the_line_is_right_below_a_cell_of_several_lines(tmp_path):
    text = 'Note,Date,Close\n"a\nb\n",2023-03-01,1\nc,2023-03-02,x\n'
    with pytest.raises(ValueError, match="line 5, column 'Close'"):
        load_prices(write(tmp_path, text))


def test_volumes_with_a_letter():
    text = "Date,Close,Vol.\n2023-03-01,1,98.3M\n2023-03-02,2,1.5K\n"
    assert load_prices(io.StringIO(text)).volume.tolist() == [98.3e6, 1500]


# Whatever the style, what is read is right, or nothing is read.

STYLES = [
    (".", ",", ","),
    (",", ".", ";"),
    (",", " ", ";"),
    (".", "'", ","),
    (".", "", ","),
]
FORMATS = [
    "%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y%m%d", "%d %B %Y",
    "%b %d, %Y", "%d/%m/%y", "%m/%d/%y", "%y-%m-%d", "%d-%b-%y", "%m/%d/%Y 16:00:00",
]  # fmt: skip


def read_or_none(text):
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            return load_prices(io.StringIO(text))
        except ValueError:
            return None


def grouped(number, digits, decimal, thousands):
    text = f"{number:,.{digits}f}".replace(".", "!").replace(",", thousands)
    return text.replace("!", decimal)


@pytest.mark.parametrize("style", FORMATS)
def test_a_year_of_days_is_read_in_every_style(style):
    days = [date(2021, 10, 1) + timedelta(days=k) for k in range(365)]
    text = "\n".join(["Date,Close", *(f'"{day.strftime(style)}",1' for day in days)])
    prices = read_or_none(text)
    assert prices is not None and prices.dates.tolist() == days


@settings(deadline=None)
@given(
    numbers=st.lists(st.integers(1, 10**9), min_size=2, max_size=6),
    digits=st.integers(0, 4),
    style=st.sampled_from(STYLES),
)
def test_numbers_are_right_or_refused(numbers, digits, style):
    decimal, thousands, sep = style
    wanted = [number / 10**digits for number in numbers]
    cells = [grouped(number, digits, decimal, thousands) for number in wanted]
    rows = [f'2023-03-{k:02}{sep}"{cell}"' for k, cell in enumerate(cells, start=1)]
    prices = read_or_none("\n".join([f"Date{sep}Close", *rows]))
    assert prices is None or prices.price.tolist() == wanted


@settings(deadline=None)
@given(
    first=st.dates(date(1995, 1, 1), date(2025, 1, 1)),
    steps=st.lists(st.integers(1, 40), min_size=1, max_size=6),
    style=st.sampled_from(FORMATS),
    newest_first=st.booleans(),
)
def test_dates_are_right_or_refused(first, steps, style, newest_first):
    wanted = [first + timedelta(days=sum(steps[:k])) for k in range(len(steps) + 1)]
    rows = [f'"{day.strftime(style)}",1' for day in wanted]
    prices = read_or_none(
        "\n".join(["Date,Close", *rows[:: -1 if newest_first else 1]])
    )
    assert prices is None or prices.dates.tolist() == wanted


# The names of a month in the languages of the headers, as dates have them.
MONTHS = {
    1: "January Januar janvier enero janeiro gennaio stycznia ledna januari января "
    "ocak január tammikuuta",
    2: "February Februar février febrero fevereiro febbraio lutego února februari "
    "февраля Şubat február helmikuuta",
    3: "March März mars marzo março marca března maart марта Mart március maaliskuuta",
    4: "April avril abril aprile kwietnia dubna апреля Nisan április huhtikuuta",
    5: "May Mai mayo maio maggio maja května mei мая Mayıs május toukokuuta",
    6: "June Juni juin junio junho giugno czerwca června июня Haziran június kesäkuuta",
    7: "July Juli juillet julio julho luglio lipca července červenec июля Temmuz "
    "július heinäkuuta",
    8: "August août agosto sierpnia srpna augustus августа Ağustos augusztus elokuuta",
    9: "September septembre septiembre setembro settembre września září сентября Eylül "
    "szeptember syyskuuta",
    10: "October Oktober octobre octubre outubro ottobre października října октября "
    "Ekim október lokakuuta",
    11: "November novembre noviembre novembro listopada listopadu ноября Kasım "
    "marraskuuta",
    12: "December Dezember décembre diciembre dezembro dicembre grudnia prosince "
    "декабря Aralık joulukuuta",
}


@pytest.mark.parametrize("month", MONTHS)
def test_the_months_of_all_languages(month):
    for name in MONTHS[month].split():
        text = f"Datum;Close\n1. {name} 2023;1\n2. {name} 2023;2\n"
        dates = load_prices(io.StringIO(text)).dates.astype(str).tolist()
        assert dates == [f"2023-{month:02}-01", f"2023-{month:02}-02"], name


# Where a table comes from.

PLAIN = "Date,Open,Close\n2023-03-01,1,1.25\n2023-03-02,1,1.5\n"


def zipped(**members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return file.getvalue()


@pytest.mark.parametrize(
    "source",
    [
        PLAIN.encode(),
        bytearray(PLAIN.encode()),
        gzip.compress(PLAIN.encode()),
        bz2.compress(PLAIN.encode()),
        lzma.compress(PLAIN.encode()),
        zipped(a=PLAIN, **{"__MACOSX/a": "x"}),
        zipped(a=PLAIN, **{"folder/.DS_Store": "x"}),
        gzip.compress(zipped(a=PLAIN)),
    ],
    # Not made of the bytes: those of gzip hold the time.
    ids="bytes bytearray gz bz2 xz zip zip_of_a_mac zip_in_gz".split(),
)
def test_bytes_and_what_they_are_packed_in(source):
    assert load_prices(source).price.tolist() == [1.25, 1.5]
    assert load_prices(io.BytesIO(bytes(source))).price.tolist() == [1.25, 1.5]


def test_open_files_and_addresses(tmp_path):
    path = write(tmp_path, PLAIN)
    with open(path) as file:
        prices = load_prices(file)
    assert prices.name == "file" and prices.price.tolist() == [1.25, 1.5]
    assert load_prices(io.StringIO(PLAIN)).price.tolist() == [1.25, 1.5]
    assert load_prices(path.as_uri()).name == "file"


def test_a_packed_file_has_the_name_of_what_is_in_it(tmp_path):
    path = tmp_path / "mine.csv.gz"
    path.write_bytes(gzip.compress(PLAIN.encode()))
    prices = load_prices(path)
    assert prices.name == "mine" and prices.source == "mine.csv.gz"


def test_an_archive_of_several_files_is_refused():
    with pytest.raises(ValueError, match=r"archive of one file, got \['a', 'b'\]"):
        load_prices(zipped(a=PLAIN, b=PLAIN))


@pytest.mark.parametrize("source", [[1, 2], {"Close": [1]}, np.ones(3), 7])
def test_what_is_no_table_is_refused(source):
    with pytest.raises(ValueError, match="csv: expected a path, bytes, an open file"):
        load_prices(source)


def test_the_text_itself_is_no_path():
    with pytest.raises(ValueError, match="csv: expected a path, .*io.StringIO"):
        load_prices(PLAIN)


def test_a_home_folder_that_is_not_there_is_said():
    with pytest.raises(FileNotFoundError, match="no such file"):
        load_prices("~nobody_has_this_name/x.csv")


class Other:
    """A table of another library, such as polars."""

    def __init__(self, frame):
        self.frame = frame

    def to_pandas(self):
        if self.frame is None:
            raise ModuleNotFoundError("pyarrow is required")
        return self.frame


def test_tables_of_other_libraries():
    assert load_prices(Other(FRAME.reset_index())).price.tolist() == [1.25, 1.5]
    with pytest.raises(ValueError, match="pyarrow is required.: write it as CSV"):
        load_prices(Other(None))


INDEX = pd.DatetimeIndex(["2023-03-01", "2023-03-02"], name="Date")
FRAME = pd.DataFrame({"Open": [1.0, 1], "Close": [1.25, 1.5]}, INDEX)
TWO = pd.concat({"A": 2 * FRAME, "BC": FRAME}, axis=1)
LONG = pd.concat({"A": 2 * FRAME, "BC": FRAME}, names=["Ticker"])
FRAMES = {
    "index": (FRAME, {}),
    "index without a name": (FRAME.rename_axis(None), {}),
    "column": (FRAME.reset_index(), {}),
    "zone": (FRAME.tz_localize("America/New_York"), {}),
    "zone far from UTC": (FRAME.tz_localize("Asia/Tokyo"), {}),
    "newest first": (FRAME[::-1], {}),
    "periods": (FRAME.to_period("D"), {}),
    "text": (FRAME.reset_index().astype(str), {}),
    "categories": (FRAME.reset_index().astype(str).astype("category"), {}),
    "float32": (FRAME.astype("float32"), {}),
    "days of datetime": (
        pd.DataFrame(
            {"Datum": [date(2023, 3, 1), datetime(2023, 3, 2)], "Kurs": [1.25, 1.5]}
        ),
        {},
    ),
    "digits": (
        pd.DataFrame({"trade_date": [20230301, 20230302], "close": [1.25, 1.5]}),
        {},
    ),
    "rows left out": (FRAME.reset_index().iloc[[0, 1, 1]].iloc[:2], {}),
    "levels": (TWO, {"symbol": "BC"}),
    "levels, the other way": (TWO.swaplevel(axis=1), {"symbol": "BC"}),
    "levels, by name": (TWO.swaplevel(axis=1), {"price": ("Close", "BC")}),
    "one company": (TWO[["BC"]].swaplevel(axis=1), {}),
    "two indices": (LONG, {"symbol": "BC"}),
    "a Series": (FRAME.Close, {}),
    "a Series without a name": (FRAME.Close.rename(None), {}),
    "yfinance's file as pandas reads it": (
        pd.read_csv(
            io.StringIO(
                READ["yfinance"][0].replace("10.5", "1.25").replace("11.5", "1.5")
            )
        ),
        {},
    ),
}


@pytest.mark.parametrize("name", FRAMES)
def test_tables_of_pandas(name):
    frame, arguments = FRAMES[name]
    before = frame.copy()
    prices = load_prices(frame, **arguments)
    assert prices.dates.astype(str).tolist() == ["2023-03-01", "2023-03-02"]
    assert prices.price.tolist() == [1.25, 1.5]
    assert prices.price.dtype == np.float64
    assert frame.equals(before) and frame.index.names == before.index.names
    if "symbol" in arguments or name == "one company":
        assert prices.name == "BC"


def test_several_companies_in_a_dataframe_are_refused():
    with pytest.raises(ValueError, match="got 'A' and 'BC'; choose with symbol='A'"):
        load_prices(TWO)
    with pytest.raises(ValueError, match="column 'Ticker': .*symbol='A'"):
        load_prices(LONG)


def test_numbers_of_a_dataframe_have_one_reading():
    frame = pd.DataFrame({"Close": [101.125, 102.125]}, INDEX)
    assert load_prices(frame).price.tolist() == [101.125, 102.125]


# Spreadsheets.

HEADER = ["Date", "Open", "Close"]
SHEET = [HEADER, [datetime(2023, 3, 1), 1, 1.25], [datetime(2023, 3, 2), 1, 1.5]]


def book(**sheets):
    made, file = openpyxl.Workbook(), io.BytesIO()
    made.remove(made.active)
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    made.save(file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("sheets", "arguments"),
    [
        ({"A": SHEET}, {}),
        ({"A": SHEET, "B": [], "C": []}, {}),
        ({"A": [["A title"], [], *SHEET, ["Total", None, 2.75]]}, {}),
        ({"A": [[], *SHEET], "B": SHEET}, {"sheet_name": "B"}),
        ({"A": [["A title"], *SHEET]}, {"skiprows": 1}),
        ({"A": [["Datum", "Kurs"], ["01.03.2023", "1,25"], ["02.03.2023", "1,5"]]}, {}),
    ],
)
def test_spreadsheets(sheets, arguments):
    prices = load_prices(book(**sheets), **arguments)
    assert prices.dates.astype(str).tolist() == ["2023-03-01", "2023-03-02"]
    assert prices.price.tolist() == [1.25, 1.5]


def test_several_sheets_are_refused():
    with pytest.raises(ValueError, match="'A' and 'B'; choose with sheet_name='A'"):
        load_prices(book(A=SHEET, B=SHEET))


def test_a_spreadsheet_without_the_package_says_how_to_get_it(tmp_path, monkeypatch):
    def read_excel(*args, **kwargs):
        raise ImportError("Missing optional dependency 'openpyxl'.")

    monkeypatch.setattr(pd, "read_excel", read_excel)
    path = tmp_path / "mine.xlsx"
    path.write_bytes(zipped(**{"xl/workbook.xml": "x"}))
    with pytest.raises(ValueError, match="mine.xlsx: .*pip install openpyxl.*as CSV"):
        load_prices(path)


@pytest.mark.parametrize("raw", [b"\xd0\xcf\x11\xe0" + 600 * b"0"])
def test_a_damaged_spreadsheet_is_refused(raw):
    with pytest.raises(ValueError, match="bytes: (expected )?a spreadsheet"):
        load_prices(raw)


# What looks wrong is said by day.


def doubts(text):
    return "\n".join(load_prices(io.StringIO(text)).notes[1:])


def test_a_split_that_is_not_adjusted_is_said():
    text = "Date,Close\n2023-03-01,400\n2023-03-02,101\n2023-03-03,102\n"
    said = "jump on 2023-03-02 (400 to 101, like a split 4:1 that is not adjusted)"
    assert said in doubts(text)
    assert "1:10" in doubts(text.replace("101", "4000").replace("102", "4000"))
    assert "3:2" in doubts(text.replace("101", "267").replace("102", "267"))
    assert doubts(text.replace("101", "399").replace("102", "390")) == ""


def test_a_close_outside_low_and_high_is_said():
    text = "Date,High,Low,Close\n2023-03-01,332,324,330\n2023-03-02,332,324,333\n"
    said = "close outside low and high on 2023-03-02 (333, low 324, high 332)"
    assert said in doubts(text)
    assert doubts(text.replace("333", "332.01")) == ""  # rounding


def test_gaps_are_said_the_longest_first():
    days = ("03-01", "03-02", "03-13", "03-14", "03-15", "04-28")
    text = "Date,Close\n" + "".join(f"2023-{day},1\n" for day in days)
    assert doubts(text) == (
        "  suspicious: gap from 2023-03-15 to 2023-04-28 (44 days), "
        "2023-03-02 to 2023-03-13 (11 days)"
    )
    weeks = "".join(f"2023-03-{day:02},1\n" for day in (1, 8, 15, 22, 29))
    assert doubts("Date,Close\n" + weeks) == ""


def test_days_that_cannot_be_are_said():
    late = str(np.datetime64("today") + 3)
    text = f"Date,Close\n2023-03-01,1\n{late},1\n"
    assert f"dates after today, {late}" in doubts(text)
    week = "".join(f"2023-03-{day:02},1\n" for day in (1, 2, 3, 4, 6, 7, 8, 9, 10))
    assert "days on a weekend, 2023-03-04" in doubts("Date,Close\n" + week)
    coin = "".join(f"2023-03-{day:02},1\n" for day in range(1, 15))
    assert doubts("Date,Close\n" + coin) == ""


# The files of others that are beside the data of this machine, if they are.

CASES = (
    Path(os.environ.get("RNNBOOK_DATA") or "none").expanduser().parent / "cases/prices"
)


@pytest.mark.skipif(not CASES.is_dir(), reason="no folder of cases")
def test_every_file_is_read_or_refused_in_one_line():
    for path in sorted(CASES.iterdir()):
        with contextlib.suppress(ValueError):
            prices = load_prices(path)
            assert len(prices) > 1 and (prices.price > 0).all(), path
            continue
        with pytest.raises(ValueError) as refusal:
            load_prices(path)
        assert path.name in str(refusal.value) and "\n" not in str(refusal.value)
